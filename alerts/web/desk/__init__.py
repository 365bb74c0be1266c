"""For those who run the service: editors, operators, whoever looks over their shoulder. English only."""
