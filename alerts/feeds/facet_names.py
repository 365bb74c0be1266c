"""How publishers call their kinds of publication and the parts of the world, in many languages.

Whole names, singular and plural, in English, French, Spanish, Portuguese, German, Arabic, Russian, Chinese
(both scripts), Korean and Japanese; compared folded, hyphens as spaces.
"""

from __future__ import annotations

KIND_NAMES = {
    "briefing": (
        "briefing|briefings|policy brief|policy briefs|brief|briefing paper|note d'information|"
        "notes d'information|note de synthèse|informe breve|nota informativa|notas informativas|"
        "kurzanalyse|إحاطة|إحاطات|موجز|брифинг|брифинги|аналитическая записка|简报|簡報|브리핑|"
        "정책 브리핑|ブリーフィング"
    ),
    "report": (
        "report|reports|special report|country report|research report|rapport|rapports|informe|"
        "informes|reporte|reportes|relatório|relatórios|bericht|berichte|تقرير|تقارير|доклад|доклады|"
        "отчет|отчёты|报告|報告|보고서|報告書|レポート"
    ),
    "situation-report": (
        "situation report|situation reports|sitrep|sitreps|situation update|rapport de situation|"
        "rapports de situation|informe de situación|informes de situación|informe sobre la situación|"
        "تقرير الحالة|تقارير الحالة|отчет о ситуации|ситуационный отчет|局势报告|情况报告|"
        "상황 보고서|상황보고"
    ),
    "q-and-a": (
        "q&a|q & a|q and a|qa|q&as|questions and answers|questions & answers|questions réponses|"
        "questions/réponses|questions et réponses|preguntas y respuestas|perguntas e respostas|"
        "fragen und antworten|سؤال وجواب|أسئلة وأجوبة|вопросы и ответы|вопрос ответ|вопрос и ответ|"
        "问答|問答|问与答|질의응답|문답|一問一答"
    ),
    "commentary": (
        "commentary|commentaries|comment|opinion|opinions|op ed|op eds|comment is free|column|"
        "columns|columnist|columnists|tribune|tribunes|commentaire|commentaires|opinión|opiniones|"
        "comentario|comentarios|columna|opinião|meinung|kommentar|kommentare|تعليق|تعليقات|رأي|آراء|"
        "مقالات الرأي|комментарий|комментарии|мнение|мнения|колонка|评论|評論|观点|觀點|논평|칼럼|"
        "오피니언|論評|コラム|オピニオン"
    ),
    "editorial": (
        "editorial|editorials|leader|leading article|éditorial|éditoriaux|editoriales|leitartikel|"
        "افتتاحية|افتتاحيات|передовица|社论|社論|사설|社説"
    ),
    "analysis": (
        "analysis|analyses|news analysis|analyse|análisis|análise|analysen|تحليل|تحليلات|аналитика|"
        "анализ|分析|분석|해설|解説"
    ),
    "statement": (
        "statement|statements|official statement|declaration|déclaration|déclarations|declaración|"
        "declaraciones|declaração|erklärung|erklärungen|stellungnahme|بيان|بيانات|تصريح|تصريحات|"
        "заявление|заявления|声明|聲明|성명|성명서|담화|談話"
    ),
    "press-release": (
        "press release|press releases|media release|media releases|news release|news releases|"
        "communiqué|communiqués|communiqué de presse|communiqués de presse|comunicado de prensa|"
        "comunicados de prensa|comunicado|comunicados|nota de prensa|pressemitteilung|"
        "pressemitteilungen|بيان صحفي|بيانات صحفية|пресс релиз|пресс релизы|新闻稿|新聞稿|보도자료|"
        "プレスリリース"
    ),
    "in-the-news": (
        "in the news|media mention|media mentions|in the media|press coverage|dans les médias|"
        "dans l'actualité|revue de presse|en las noticias|en los medios|in den medien|في الأخبار|"
        "в новостях|в сми|сми о нас|媒体报道|媒體報導|언론 보도|언론보도|メディア掲載"
    ),
    "watch-list": (
        "watch list|watch lists|watchlist|eu watch list|early warning|liste de veille|"
        "lista de vigilancia|lista de alerta|beobachtungsliste|قائمة المراقبة|قائمة الرصد|"
        "список наблюдения|观察名单|觀察名單|워치리스트|감시 목록|ウォッチリスト"
    ),
    "alert": (
        "alert|alerts|conflict risk alert|conflict alert|flash update|alerte|alertes|alerta|alertas|"
        "warnung|warnungen|تنبيه|تنبيهات|إنذار|оповещение|предупреждение|警报|警報|预警|경보|주의보"
    ),
    "interview": (
        "interview|interviews|entretien|entretiens|entrevista|entrevistas|مقابلة|مقابلات|حوار|"
        "интервью|采访|專訪|专访|인터뷰|インタビュー"
    ),
    "speech": (
        "speech|speeches|remarks|address|discours|discurso|discursos|rede|reden|خطاب|خطابات|كلمة|"
        "речь|речи|выступление|выступления|讲话|演讲|講話|연설|演説|スピーチ"
    ),
    "podcast": (
        "podcast|podcasts|audio|balado|pódcast|بودكاست|подкаст|подкасты|播客|팟캐스트|ポッドキャスト"
    ),
    "video": (
        "video|videos|vidéo|vidéos|vídeo|vídeos|فيديو|видео|视频|視頻|影片|동영상|비디오|영상|動画|ビデオ"
    ),
    "photos": (
        "photos|photo|photo essay|photo gallery|gallery|galleries|pictures|en images|galería|fotos|"
        "صور|фото|图片|圖片|포토|사진|写真"
    ),
    "live": (
        "live|live blog|live updates|liveblog|minute by minute|en direct|direct|en directo|en vivo|"
        "مباشر|онлайн|прямая трансляция|直播|라이브|ライブ"
    ),
    "map": (
        "map|maps|infographic|infographics|carte|cartes|infographie|mapa|mapas|infografía|karte|"
        "karten|خريطة|خرائط|إنفوجرافيك|карта|карты|инфографика|地图|地圖|지도|인포그래픽|地図"
    ),
    "event": (
        "event|events|conference|évènement|événement|événements|evento|eventos|veranstaltung|"
        "veranstaltungen|فعالية|فعاليات|мероприятие|мероприятия|活动|活動|행사|イベント"
    ),
}

REGION_NAMES = {
    "africa": (
        "africa|sub saharan africa|west africa|east africa|central africa|southern africa|"
        "horn of africa|sahel|west and central africa|east and southern africa|afrique|"
        "afrique subsaharienne|afrique de l'ouest|afrique centrale|áfrica|afrika|أفريقيا|إفريقيا|"
        "африка|非洲|아프리카|アフリカ"
    ),
    "asia-pacific": (
        "asia|asia pacific|asia & pacific|asia and the pacific|asia and pacific|east asia|south asia|"
        "southeast asia|south east asia|north east asia|northeast asia|pacific|oceania|indo pacific|"
        "asie|asie pacifique|asie du sud|asie du sud est|asia pacífico|asia y el pacífico|ásia|asien|"
        "آسيا|آسيا والمحيط الهادئ|азия|азия и тихий океан|亚洲|亞洲|亚太|亞太|아시아|아시아 태평양|"
        "아시아·태평양|アジア|アジア太平洋"
    ),
    "europe-central-asia": (
        "europe|europe & central asia|europe and central asia|central asia|eastern europe|caucasus|"
        "south caucasus|balkans|western balkans|eurasia|europe et asie centrale|asie centrale|"
        "europe de l'est|caucase|europa|europa y asia central|asia central|europa und zentralasien|"
        "zentralasien|osteuropa|أوروبا|آسيا الوسطى|европа|центральная азия|кавказ|欧洲|歐洲|中亚|"
        "中亞|유럽|중앙아시아|ヨーロッパ|欧州|中央アジア"
    ),
    "latin-america-caribbean": (
        "latin america|latin america & caribbean|latin america and the caribbean|"
        "latin america and caribbean|caribbean|central america|south america|americas|the americas|"
        "amérique latine|amérique latine et caraïbes|caraïbes|amériques|américa latina|latinoamérica|"
        "américa latina y el caribe|caribe|centroamérica|américa central|sudamérica|américa del sur|"
        "américas|lateinamerika|أمريكا اللاتينية|латинская америка|拉丁美洲|拉美|중남미|라틴아메리카|"
        "中南米|ラテンアメリカ"
    ),
    "north-america": (
        "north america|united states & canada|united states and canada|amérique du nord|norteamérica|"
        "américa del norte|nordamerika|أمريكا الشمالية|северная америка|北美|북미|北米"
    ),
    "middle-east-north-africa": (
        "middle east|middle east & north africa|middle east and north africa|mena|north africa|gulf|"
        "the gulf|gulf and arabian peninsula|levant|mideast|moyen orient|proche orient|"
        "moyen orient et afrique du nord|proche et moyen orient|afrique du nord|maghreb|"
        "oriente medio|oriente próximo|medio oriente|oriente medio y norte de áfrica|oriente médio|"
        "nahost|naher osten|nahost und nordafrika|nordafrika|الشرق الأوسط|الشرق الأوسط وشمال أفريقيا|"
        "شمال أفريقيا|الخليج|ближний восток|северная африка|中东|中東|중동|북아프리카"
    ),
    "global": (
        "global|world|worldwide|international|global issues|monde|mundo|internacional|welt|العالم|"
        "دولي|мир|в мире|国际|國際|全球|세계|국제|国際|世界"
    ),
}
