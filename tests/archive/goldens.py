"""Small exports in the dialects of real phones, with exactly what must come out.

Content is invented, syntax is real. Marks are written out so that they can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Golden:
    name: str
    content: str
    expected: list[tuple[object, ...]]
    key: str
    is_group: bool = False
    container: str = ""
    beside: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)


NOTICE = (
    "Messages and calls are end-to-end encrypted. No one outside of this chat, "
    "not even WhatsApp, can read or listen to them."
)
M = "\u200e"
N = "\u202f"

GOLDENS = {
    "ios english, 12 hours, narrow spaces, marks": Golden(
        name="_chat.txt",
        container="WhatsApp Chat - Mum.zip",
        beside=("00000006-AUDIO-2018-06-13-21-27-00.opus",),
        content=(
            f"{M}[13/06/2018, 9:25:15{N}PM] Mum: {M}{NOTICE}\n"
            f"[13/06/2018, 9:25:20{N}PM] Mum: Are you home?\n"
            f"[13/06/2018, 9:26:01{N}PM] Sam: nearly\n\nten minutes: at most\n"
            f"{M}[13/06/2018, 9:26:40{N}PM] Sam: {M}image omitted\n"
            f"[14/06/2018, 12:05:00{N}AM] Mum: sleep well "
            "\U0001f468\u200d\U0001f469\u200d\U0001f467\n"
            f"{M}[14/06/2018, 12:27:00{N}PM] Mum: "
            f"{M}<attached: 00000006-AUDIO-2018-06-13-21-27-00.opus>\n"
            f"{M}[14/06/2018, 12:28:00{N}PM] Sam: Thank you {M}<This message was edited>\n"
            f"{M}[14/06/2018, 12:29:00{N}PM] Mum: {M}This message was deleted.\n"
            f"{M}[14/06/2018, 12:30:00{N}PM] Mum: {M}Missed voice call\n"
        ),
        expected=[
            ("2018-06-13T21:25:15", None, "system", NOTICE),
            ("2018-06-13T21:25:20", "Mum", "text", "Are you home?"),
            ("2018-06-13T21:26:01", "Sam", "text", "nearly\n\nten minutes: at most"),
            ("2018-06-13T21:26:40", "Sam", "image", None),
            (
                "2018-06-14T00:05:00",
                "Mum",
                "text",
                "sleep well \U0001f468\u200d\U0001f469\u200d\U0001f467",
            ),
            (
                "2018-06-14T12:27:00",
                "Mum",
                "voice",
                None,
                ("file", "00000006-AUDIO-2018-06-13-21-27-00.opus", True),
            ),
            ("2018-06-14T12:28:00", "Sam", "text", "Thank you", "edited"),
            ("2018-06-14T12:29:00", "Mum", "deleted", None),
            ("2018-06-14T12:30:00", "Mum", "call", None),
        ],
        key="direct:Mum\nSam",
    ),
    "android english, 24 hours, captions": Golden(
        name="WhatsApp Chat with Mum.txt",
        beside=("IMG-20180614-WA0003.jpg", "Bread (final).pdf"),
        content=(
            f"13/06/2018, 21:25 - {NOTICE}\n"
            "13/06/2018, 21:25 - Mum: ok\n"
            "13/06/2018, 21:25 - Mum: ok\n"
            f"14/06/2018, 08:00 - Sam: {M}IMG-20180614-WA0003.jpg (file attached)\n"
            "the garden\nand the dog\n"
            "14/06/2018, 08:01 - Sam: PTT-20180614-WA0001.opus (file attached)\n"
            "14/06/2018, 08:02 - Mum: Bread (final).pdf (file attached)\n"
            "14/06/2018, 08:03 - Mum: see plan.pdf (the new one)\n"
            "14/06/2018, 08:04 - Mum: <Media omitted>\n"
            "14/06/2018, 08:05 - Sam: \n"
            "14/06/2018, 08:06 - Sam: https://example.org/bread\n"
            "14/06/2018, 08:07 - Sam: I added salt and left\n"
        ),
        expected=[
            ("2018-06-13T21:25", None, "system", NOTICE),
            ("2018-06-13T21:25", "Mum", "text", "ok"),
            ("2018-06-13T21:25", "Mum", "text", "ok"),
            (
                "2018-06-14T08:00",
                "Sam",
                "image",
                "the garden\nand the dog",
                ("file", "IMG-20180614-WA0003.jpg", True),
            ),
            (
                "2018-06-14T08:01",
                "Sam",
                "voice",
                None,
                ("file", "PTT-20180614-WA0001.opus", False),
            ),
            ("2018-06-14T08:02", "Mum", "file", None, ("file", "Bread (final).pdf", True)),
            ("2018-06-14T08:03", "Mum", "text", "see plan.pdf (the new one)"),
            ("2018-06-14T08:04", "Mum", "unknown", None),
            ("2018-06-14T08:05", "Sam", "unknown", None),
            ("2018-06-14T08:06", "Sam", "link", "https://example.org/bread"),
            ("2018-06-14T08:07", "Sam", "text", "I added salt and left"),
        ],
        key="direct:Mum\nSam",
    ),
    "spanish p. m., day first by value": Golden(
        name="Chat de WhatsApp con Mamá.txt",
        content=(
            "28/3/2025, 9:29\u202fp.\u00a0m. - Mamá: hola hijo\n"
            "28/3/2025, 9:30\u202fp.\u00a0m. - Leo: hola\n"
            "1/4/2025, 12:01\u202fa.\u00a0m. - Mamá: <Multimedia omitido>\n"
            "1/4/2025, 12:02\u202fp.\u00a0m. - Leo: Se eliminó este mensaje.\n"
        ),
        expected=[
            ("2025-03-28T21:29", "Mamá", "text", "hola hijo"),
            ("2025-03-28T21:30", "Leo", "text", "hola"),
            ("2025-04-01T00:01", "Mamá", "unknown", None),
            ("2025-04-01T12:02", "Leo", "deleted", None),
        ],
        key="direct:Leo\nMamá",
    ),
    "chinese simplified android, day halves": Golden(
        name="与妈妈的 WhatsApp 聊天.txt",
        content=(
            "2025/3/28 下午9:29 - 妈妈: 早点睡\n"
            "2025/3/28 晚上11:36 - 小林: 好的: 晚安\n"
            "2025/3/29 凌晨12:10 - 妈妈: <省略影音内容>\n"
            "2025/3/29 中午12:30 - 小林: 吃了吗\n"
            "2025/3/29 中午1:05 - 妈妈: 这条消息已删除\n"
        ),
        expected=[
            ("2025-03-28T21:29", "妈妈", "text", "早点睡"),
            ("2025-03-28T23:36", "小林", "text", "好的: 晚安"),
            ("2025-03-29T00:10", "妈妈", "unknown", None),
            ("2025-03-29T12:30", "小林", "text", "吃了吗"),
            ("2025-03-29T13:05", "妈妈", "deleted", None),
        ],
        key="direct:妈妈\n小林",
    ),
    "chinese traditional ios, attachments": Golden(
        name="_chat.txt",
        container="與媽媽的WhatsApp對話.zip",
        beside=("00000002-PHOTO-2024-10-31-15-51-00.jpg",),
        content=(
            f"[2024/10/31 15:50:46] 媽媽: {M}訊息和通話經端對端加密。只有此對話中的人才能閱讀。\n"
            f"[2024/10/31 15:50:46] 媽媽: 到家了嗎\n"
            f"{M}[2024/10/31 15:51:00] 阿明: {M}<附件: 00000002-PHOTO-2024-10-31-15-51-00.jpg>\n"
            f"[2024/10/31 15:52:00] 阿明: {M}圖片已略去\n"
        ),
        expected=[
            (
                "2024-10-31T15:50:46",
                None,
                "system",
                "訊息和通話經端對端加密。只有此對話中的人才能閱讀。",
            ),
            ("2024-10-31T15:50:46", "媽媽", "text", "到家了嗎"),
            (
                "2024-10-31T15:51:00",
                "阿明",
                "image",
                None,
                ("file", "00000002-PHOTO-2024-10-31-15-51-00.jpg", True),
            ),
            ("2024-10-31T15:52:00", "阿明", "image", None),
        ],
        key="direct:媽媽\n阿明",
    ),
    "german group, two-digit years, dots": Golden(
        name="WhatsApp Chat mit Familie.txt",
        is_group=True,
        content=(
            "13.06.18, 21:20 - Anna hat die Gruppe „Familie“ erstellt.\n"
            "13.06.18, 21:25 - Anna: Kommt ihr?\n"
            "13.06.18, 21:26 - Bert hat den Betreff von „Familie“ zu „Essen: 20 Uhr“ geändert.\n"
            "14.06.18, 07:00 - Carla: ja – um 8: 15\n"
            "14.06.18, 07:01 - Bert: <Medien ausgeschlossen>\n"
            "14.06.18, 07:01 - Carla: bis dann\n"
            "14.06.18, 07:02 - Anna: Oma_Rezept.docx (Datei angehängt)\n"
        ),
        expected=[
            ("2018-06-13T21:20", None, "system", "Anna hat die Gruppe „Familie“ erstellt."),
            ("2018-06-13T21:25", "Anna", "text", "Kommt ihr?"),
            (
                "2018-06-13T21:26",
                None,
                "system",
                "Bert hat den Betreff von „Familie“ zu „Essen: 20 Uhr“ geändert.",
            ),
            ("2018-06-14T07:00", "Carla", "text", "ja – um 8: 15"),
            ("2018-06-14T07:01", "Bert", "unknown", None),
            ("2018-06-14T07:01", "Carla", "text", "bis dann"),
            ("2018-06-14T07:02", "Anna", "file", None, ("file", "Oma_Rezept.docx", False)),
        ],
        key="group:Familie",
    ),
    "american, month first by value": Golden(
        name="WhatsApp Chat with Pat.txt",
        content=(
            "1/29/18, 11:33 PM - Pat: late\n"
            "2/3/18, 1:55 AM - Lee: later\n"
            "2/3/18, 12:00 PM - Pat: noon\n"
        ),
        expected=[
            ("2018-01-29T23:33", "Pat", "text", "late"),
            ("2018-02-03T01:55", "Lee", "text", "later"),
            ("2018-02-03T12:00", "Pat", "text", "noon"),
        ],
        key="direct:Lee\nPat",
    ),
    "day first by running time alone": Golden(
        name="WhatsApp Chat with Pat.txt",
        content=(
            "01/02/2019, 10:00 - Pat: a\n"
            "11/02/2019, 10:00 - Lee: b\n"
            "02/03/2019, 10:00 - Pat: c\n"
            "05/04/2019, 10:00 - Lee: d\n"
        ),
        expected=[
            ("2019-02-01T10:00", "Pat", "text", "a"),
            ("2019-02-11T10:00", "Lee", "text", "b"),
            ("2019-03-02T10:00", "Pat", "text", "c"),
            ("2019-04-05T10:00", "Lee", "text", "d"),
        ],
        key="direct:Lee\nPat",
    ),
    "arabic digits and marks": Golden(
        name="_chat.txt",
        container="WhatsApp Chat - أمي.zip",
        content=(
            "[١٣\u200f/٦\u200f/٢٠١٨، ٩:٢٥:١٥\u00a0م] أمي: مساء الخير\n"
            "[١٤\u200f/٦\u200f/٢٠١٨، ٩:٢٥:١٥\u00a0ص] سامي: \u200fصباح النور\n"
        ),
        expected=[
            ("2018-06-13T21:25:15", "أمي", "text", "مساء الخير"),
            ("2018-06-14T09:25:15", "سامي", "text", "\u200fصباح النور"),
        ],
        key="direct:أمي\nسامي",
    ),
    "finnish, klo and dots": Golden(
        name="WhatsApp-keskustelu.txt",
        content="13.6.2018 klo 21.25 - Äiti: moi\n13.6.2018 klo 21.26 - Veli: moi moi\n",
        expected=[
            ("2018-06-13T21:25", "Äiti", "text", "moi"),
            ("2018-06-13T21:26", "Veli", "text", "moi moi"),
        ],
        key="direct:Veli\nÄiti",
    ),
    "ios group: notices under the group's name, unsaved numbers": Golden(
        name="_chat.txt",
        container="WhatsApp Chat - Sunday lunch.zip",
        is_group=True,
        content=(
            f"[01/05/2021, 10:00:00] Sunday lunch: {M}{NOTICE}\n"
            f"[01/05/2021, 10:00:00] Sunday lunch: {M}Ruth created this group\n"
            f"{M}[01/05/2021, 10:00:05] Ruth: {M}Ruth changed the subject to “Lunch: 1pm”\n"
            "[15/05/2021, 10:01:00] \u202a+44\u00a07700\u00a0900123\u202c: who is this?\n"
            "[15/05/2021, 10:02:00] ~\u202fBee: it is me\n"
            f"[15/05/2021, 10:03:00] Ruth: Hello @\u2068Bee\u2069\n"
        ),
        expected=[
            ("2021-05-01T10:00:00", None, "system", NOTICE),
            ("2021-05-01T10:00:00", None, "system", "Ruth created this group"),
            ("2021-05-01T10:00:05", None, "system", "Ruth changed the subject to “Lunch: 1pm”"),
            ("2021-05-15T10:01:00", "+447700900123", "text", "who is this?"),
            ("2021-05-15T10:02:00", "~Bee", "text", "it is me"),
            ("2021-05-15T10:03:00", "Ruth", "text", "Hello @\u2068Bee\u2069"),
        ],
        key="group:Sunday lunch",
    ),
    "android group: subject with a colon, names with colons": Golden(
        name="WhatsApp Chat with Trip.txt",
        is_group=True,
        content=(
            '20/01/2020, 10:00 - Anna created group "Trip"\n'
            '20/01/2020, 10:01 - Anna changed the subject from "Trip" to "Dinner: 8pm"\n'
            "20/01/2020, 10:02 - Dr: House: one\n"
            "20/01/2020, 10:03 - Dr: House: two: three\n"
            "20/01/2020, 10:04 - Dr: House: four\n"
            "20/01/2020, 10:04 - Dr: House: five\n"
            "20/01/2020, 10:04 - Dr: House: six\n"
            "20/01/2020, 10:05 - Anna: PS: I love you\n"
            "20/01/2020, 10:06 - Anna: fine\n"
            "20/01/2020, 10:07 - Bo: Note: only once\n"
        ),
        expected=[
            ("2020-01-20T10:00", None, "system", 'Anna created group "Trip"'),
            (
                "2020-01-20T10:01",
                None,
                "system",
                'Anna changed the subject from "Trip" to "Dinner: 8pm"',
            ),
            ("2020-01-20T10:02", "Dr: House", "text", "one"),
            ("2020-01-20T10:03", "Dr: House", "text", "two: three"),
            ("2020-01-20T10:04", "Dr: House", "text", "four"),
            ("2020-01-20T10:04", "Dr: House", "text", "five"),
            ("2020-01-20T10:04", "Dr: House", "text", "six"),
            ("2020-01-20T10:05", "Anna", "text", "PS: I love you"),
            ("2020-01-20T10:06", "Anna", "text", "fine"),
            ("skipped", "unclear_sender", "10"),
        ],
        key="group:Trip",
    ),
    "pasted chats: other shape, no year, same shape from before": Golden(
        name="WhatsApp Chat with Mum.txt",
        content=(
            "13/05/2018, 21:25 - Mum: hello\n"
            "13/06/2018, 21:25 - Mum: look what he wrote\n"
            "[12/06/2018, 09:00:00] Uncle Jo: never again\n"
            "[12/06/2018, 09:01:00] Mum: why\n"
            "13/06/2018, 21:26 - Sam: [6/12, 9:00 PM] Uncle Jo: never again\n"
            "13/06/2018, 21:27 - Mum: and this\n"
            "01/02/2018, 08:00 - Uncle Jo: sell the house\n"
            "what do you say?\n"
            "13/06/2018, 21:28 - Sam: 2016-04-29 10:30:00 is a date, not a head\n"
        ),
        expected=[
            ("2018-05-13T21:25", "Mum", "text", "hello"),
            (
                "2018-06-13T21:25",
                "Mum",
                "text",
                "look what he wrote",
                (
                    "quoted",
                    "[12/06/2018, 09:00:00] Uncle Jo: never again\n[12/06/2018, 09:01:00] Mum: why",
                ),
            ),
            (
                "2018-06-13T21:26",
                "Sam",
                "text",
                None,
                ("quoted", "[6/12, 9:00 PM] Uncle Jo: never again"),
            ),
            (
                "2018-06-13T21:27",
                "Mum",
                "text",
                "and this",
                ("quoted", "01/02/2018, 08:00 - Uncle Jo: sell the house\nwhat do you say?"),
            ),
            ("2018-06-13T21:28", "Sam", "text", "2016-04-29 10:30:00 is a date, not a head"),
        ],
        key="direct:Mum\nSam",
    ),
    "line ends of windows, other line separators stay in the message": Golden(
        name="WhatsApp Chat with Mum.txt",
        content=(
            "13/06/2018, 21:25 - Mum: one\u2028two\x0bthree\u0085four\r\n"
            "13/06/2018, 21:26 - Sam: five\r\nsix\r\n"
        ),
        expected=[
            ("2018-06-13T21:25", "Mum", "text", "one\u2028two\x0bthree\u0085four"),
            ("2018-06-13T21:26", "Sam", "text", "five\nsix"),
        ],
        key="direct:Mum\nSam",
    ),
    "files that point outside are only words": Golden(
        name="_chat.txt",
        container="WhatsApp Chat - Mum.zip",
        content=(
            f"[13/06/2018, 21:25:00] Mum: {M}<attached: ../../secret.txt>\n"
            f"[13/06/2018, 21:26:00] Sam: "
            f"{M}Letter.pdf • {M}3 pages {M}<attached: 00000003-Letter.pdf>\n"
            f"[13/06/2018, 21:27:00] Sam: {M}Location: https://maps.google.com/?q=1.5,2.5\n"
            f"[13/06/2018, 21:28:00] Mum: {M}Bild weggelassen\n"
        ),
        expected=[
            ("2018-06-13T21:25:00", None, "system", "<attached: ../../secret.txt>"),
            ("2018-06-13T21:26:00", "Sam", "file", None, ("file", "00000003-Letter.pdf", False)),
            (
                "2018-06-13T21:27:00",
                "Sam",
                "location",
                f"{M}Location: https://maps.google.com/?q=1.5,2.5",
            ),
            ("2018-06-13T21:28:00", "Mum", "image", None),
        ],
        key="direct:Mum\nSam",
    ),
    "ambiguous dates, answered": Golden(
        name="WhatsApp Chat with Mum.txt",
        content="03/06/2018, 21:25 - Mum: which day?\n04/06/2018, 21:25 - Sam: who knows\n",
        answers={"date_order": "mdy"},
        expected=[
            ("2018-03-06T21:25", "Mum", "text", "which day?"),
            ("2018-04-06T21:25", "Sam", "text", "who knows"),
        ],
        key="direct:Mum\nSam",
    ),
}
