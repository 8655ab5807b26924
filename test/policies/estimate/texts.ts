/** Texts of many kinds, for estimates to be measured against exact counts. */
export const texts: { readonly [name: string]: string } = {
  english:
    "The quick brown fox jumps over the lazy dog. We have known for a long time that sleep is important, but only recently have researchers begun to understand what happens in the brain during the night. When you write a letter to a friend, you rarely think about grammar; you simply tell your story. Please summarise the following meeting notes in three bullet points and mention every decision that was made, who is responsible for it and by when it should be done.",
  german:
    "Sehr geehrte Damen und Herren, hiermit möchte ich Sie darüber informieren, dass die Lieferung der bestellten Ersatzteile voraussichtlich erst in der kommenden Woche erfolgen kann. Die Geschwindigkeitsbegrenzung auf deutschen Autobahnen wird seit Jahrzehnten diskutiert. Könnten Sie mir bitte erklären, wie man einen Vertrag rechtzeitig kündigt und welche Fristen dabei zu beachten sind?",
  french:
    "Bonjour, pourriez-vous m'expliquer comment fonctionne la sécurité sociale en France et quelles sont les démarches nécessaires pour obtenir une carte vitale ? L'été dernier, nous sommes allés à la plage presque tous les jours, et les enfants étaient très heureux de pouvoir se baigner jusqu'au coucher du soleil.",
  spanish:
    "El año pasado viajamos por toda América del Sur y conocimos a muchísimas personas interesantes. ¿Podría usted resumir el siguiente texto en tres frases cortas y explicar por qué es importante para los jóvenes? La situación económica ha mejorado ligeramente durante los últimos meses, según los datos publicados por el instituto.",
  portuguese:
    "Não há dúvida de que a educação é fundamental para o desenvolvimento de qualquer país. Gostaria de saber quais são os documentos necessários para abrir uma conta bancária e quanto tempo demora o processo.",
  italian:
    "Vorrei prenotare un tavolo per quattro persone venerdì sera alle otto. La città era piena di gente che camminava lentamente sotto i portici, mentre i ragazzi giocavano nella piazza principale.",
  polish:
    "Chciałbym dowiedzieć się, w jaki sposób mogę złożyć wniosek o przedłużenie umowy najmu mieszkania. Wczoraj wieczorem spotkaliśmy się z przyjaciółmi i rozmawialiśmy do późna w nocy o przyszłości naszego miasta.",
  turkish:
    "Geçen hafta sonu ailemle birlikte deniz kenarında güzel bir yürüyüş yaptık. Lütfen aşağıdaki metni kısaca özetleyin ve en önemli noktaları maddeler halinde yazın.",
  vietnamese:
    "Hôm nay thời tiết rất đẹp, chúng tôi quyết định đi dạo trong công viên và ăn trưa ở một nhà hàng nhỏ gần hồ. Xin hãy tóm tắt đoạn văn sau đây thành ba câu ngắn gọn.",
  finnish:
    "Viime kesänä matkustimme junalla Helsingistä Rovaniemelle ja näimme matkalla monia kauniita järviä. Voisitteko ystävällisesti selittää, miten asumistukea haetaan?",
  russian:
    "Вчера вечером мы долго обсуждали, как изменится наша жизнь через десять лет. Пожалуйста, кратко изложите содержание следующего текста и укажите самые важные выводы, которые сделал автор.",
  ukrainian:
    "Будь ласка, поясніть простими словами, як працює податкова система та які документи потрібно подати до кінця місяця.",
  greek:
    "Καλημέρα σας, θα ήθελα να μάθω περισσότερα για τα μαθήματα που προσφέρει το πανεπιστήμιο και πότε ξεκινούν οι εγγραφές.",
  arabic:
    "أود أن أعرف كيف يمكنني تجديد جواز السفر الخاص بي وما هي المستندات المطلوبة لذلك. كان الجو جميلا أمس فذهبنا إلى الحديقة مع الأطفال.",
  hebrew:
    "אני רוצה לדעת איך אפשר לחדש את הדרכון שלי ואילו מסמכים צריך להביא. אתמול היה מזג אוויר נעים והלכנו לטייל בפארק עם הילדים.",
  hindi:
    "कृपया निम्नलिखित पाठ का संक्षेप में सारांश बताइए और मुख्य बिंदुओं को सूचीबद्ध कीजिए। कल शाम हम सब मिलकर बाज़ार गए और वहाँ बहुत सारी चीज़ें खरीदीं।",
  thai: "กรุณาสรุปข้อความต่อไปนี้ให้สั้นที่สุดและบอกประเด็นสำคัญสามข้อ เมื่อวานนี้อากาศดีมากเราจึงไปเดินเล่นที่สวนสาธารณะกับเด็กๆ",
  chinese:
    "请用三句话概括下面这段文字的主要内容,并指出作者最重要的观点。昨天天气很好,我们一家人去公园散步,孩子们玩得非常开心。人工智能正在改变我们的工作方式,许多企业已经开始在日常业务中使用大型语言模型。",
  traditional:
    "請用三句話概括下面這段文字的主要內容,並指出作者最重要的觀點。昨天天氣很好,我們一家人去公園散步,孩子們玩得非常開心。",
  japanese:
    "次の文章を三つの文で要約し、筆者の最も重要な主張を指摘してください。昨日は天気がとても良かったので、家族みんなで公園へ散歩に行き、子供たちはとても楽しそうに遊んでいました。人工知能は私たちの働き方を大きく変えつつあります。",
  korean:
    "다음 글을 세 문장으로 요약하고 글쓴이의 가장 중요한 주장을 설명해 주세요. 어제는 날씨가 아주 좋아서 가족들과 함께 공원에 가서 산책을 했고 아이들은 매우 즐거워했습니다.",
  python: `def quicksort(values: list[int]) -> list[int]:\n    if len(values) <= 1:\n        return values\n    pivot = values[len(values) // 2]\n    left = [x for x in values if x < pivot]\n    middle = [x for x in values if x == pivot]\n    right = [x for x in values if x > pivot]\n    return quicksort(left) + middle + quicksort(right)\n\n\nclass Account:\n    """A bank account."""\n\n    def __init__(self, owner, balance=0):\n        self.owner = owner\n        self.balance = balance\n\n    def deposit(self, amount):\n        if amount <= 0:\n            raise ValueError("amount must be positive")\n        self.balance += amount\n`,
  sql: `SELECT u.id, u.email, COUNT(o.id) AS orders, SUM(o.total_cents) / 100.0 AS total\nFROM users u\nLEFT JOIN orders o ON o.user_id = u.id AND o.created_at >= NOW() - INTERVAL '30 days'\nWHERE u.deleted_at IS NULL\nGROUP BY u.id, u.email\nHAVING COUNT(o.id) > 3\nORDER BY total DESC\nLIMIT 100;`,
  numbers:
    "2026-11-30T12:34:56Z, 1048576, 3.14159265, 192.168.17.254, +49 30 1234567, 1,234,567.89, 0x1f4a, 550e8400-e29b-41d4-a716-446655440000",
  emoji: "Great job 🎉🎉! See you tomorrow 👋😀 ❤️ 👩‍👩‍👧 🇩🇪 ✅ done ✨",
  logs: "2026-11-29 23:59:59,123 INFO  [main] c.e.app.Server - Started server on port 8080 in 3421 ms\n2026-11-30 00:00:01,004 WARN  [pool-2-thread-7] c.e.app.Retry - attempt 3 of 5 failed: java.net.SocketTimeoutException: Read timed out\n",
  html: `<!DOCTYPE html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n    <title>Hello</title>\n    <link rel="stylesheet" href="/assets/main.css" />\n  </head>\n  <body class="dark">\n    <div id="app"><p>Hello, world!</p></div>\n  </body>\n</html>`
}
