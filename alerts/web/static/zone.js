// Chooses the time zone that the browser knows, where nobody has chosen one yet.
"use strict";

const field = document.querySelector("select[name=timezone]");
if (field && !field.value) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    if (![...field.options].some((option) => option.value === zone)) {
      field.add(new Option(zone, zone));
    }
    field.value = zone;
  }
}
