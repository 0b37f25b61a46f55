"""WhatsApp's own words, in the languages it exports in. Matched whole, never as part of a line.

Phrases are casefolded, without direction marks and without a final full stop.
"""

from __future__ import annotations

import re

from ofrenda.types import Kind

_OMITTED: dict[Kind, tuple[str, ...]] = {
    Kind.IMAGE: (
        "image omitted",
        "<image omitted>",
        "bild weggelassen",
        "imagen omitida",
        "image absente",
        "immagine omessa",
        "imagem ocultada",
        "imagem omitida",
        "afbeelding weggelaten",
        "изображение отсутствует",
        "图像已忽略",
        "图片已省略",
        "忽略图片",
        "圖片已略去",
        "画像は省略されました",
        "görüntü dahil edilmedi",
    ),
    Kind.VIDEO: (
        "video omitted",
        "<video omitted>",
        "gif omitted",
        "video note omitted",
        "video weggelassen",
        "gif weggelassen",
        "video omitido",
        "gif omitido",
        "vidéo absente",
        "gif absent",
        "video omesso",
        "gif esclusa",
        "vídeo omitido",
        "vídeo ocultado",
        "видео отсутствует",
        "视频已忽略",
        "忽略视频",
        "影片已略去",
        "gif 已略去",
    ),
    Kind.VOICE: (
        "audio omitted",
        "<audio omitted>",
        "audio weggelassen",
        "audio omitido",
        "audio absent",
        "audio omesso",
        "áudio ocultado",
        "áudio omitido",
        "аудио отсутствует",
        "音频已忽略",
        "忽略音频",
        "音訊已略去",
    ),
    Kind.STICKER: (
        "sticker omitted",
        "<sticker omitted>",
        "sticker weggelassen",
        "sticker omitido",
        "sticker absent",
        "sticker omesso",
        "sticker non incluso",
        "figurinha omitida",
        "стикер отсутствует",
        "贴图已忽略",
        "忽略贴图",
        "貼圖已略去",
    ),
    Kind.FILE: (
        "document omitted",
        "<document omitted>",
        "dokument weggelassen",
        "documento omitido",
        "document absent",
        "documento omesso",
        "文档已忽略",
        "文件已略去",
    ),
    Kind.CONTACT: (
        "contact card omitted",
        "<contact card omitted>",
        "kontaktkarte ausgelassen",
        "tarjeta de contacto omitida",
        "fiche contact absente",
        "scheda contatto omessa",
        "cartão do contato omitido",
        "联系人卡片已忽略",
        "聯絡人卡已略去",
    ),
    Kind.UNKNOWN: (
        "<media omitted>",
        "media omitted",
        "<medien ausgeschlossen>",
        "<medien weggelassen>",
        "<multimedia omitido>",
        "<archivo omitido>",
        "<médias omis>",
        "<fichier omis>",
        "<media omessi>",
        "<media omesso>",
        "<mídia oculta>",
        "<mídia omitida>",
        "<ficheiro não revelado>",
        "<media weggelaten>",
        "<без медиафайлов>",
        "<медиафайл пропущен>",
        "<省略影音内容>",
        "<省略多媒体文件>",
        "<已省略多媒體檔案>",
        "<省略多媒體檔案>",
        "<メディアは含まれていません>",
        "<medya dahil edilmedi>",
        "<미디어 파일을 제외한 내용>",
        "<मीडिया हटाया गया>",
        "<تم استبعاد الوسائط>",
    ),
}
OMITTED: dict[str, Kind] = {
    phrase.casefold(): kind for kind, phrases in _OMITTED.items() for phrase in phrases
}
"""What stands for a file in an export without files."""

ATTACHED_WORDS = frozenset(
    {
        "attached",
        "file attached",
        "anhang",
        "datei angehängt",
        "adjunto",
        "archivo adjunto",
        "pièce jointe",
        "fichier joint",
        "allegato",
        "file allegato",
        "anexado",
        "anexo",
        "arquivo anexado",
        "ficheiro anexado",
        "bijgevoegd",
        "bestand bijgevoegd",
        "прикреплено",
        "файл добавлен",
        "已附加",
        "附件",
        "文件附件",
        "檔案附件",
        "添付ファイル",
        "添付",
        "dosya ekli",
        "파일 첨부됨",
        "첨부됨",
    }
)

DELETED = frozenset(
    {
        "this message was deleted",
        "you deleted this message",
        "this message was deleted by admin",
        "message deleted",
        "diese nachricht wurde gelöscht",
        "du hast diese nachricht gelöscht",
        "se eliminó este mensaje",
        "eliminaste este mensaje",
        "este mensaje fue eliminado",
        "ce message a été supprimé",
        "vous avez supprimé ce message",
        "questo messaggio è stato eliminato",
        "hai eliminato questo messaggio",
        "mensagem apagada",
        "esta mensagem foi apagada",
        "você apagou esta mensagem",
        "dit bericht is verwijderd",
        "je hebt dit bericht verwijderd",
        "данное сообщение удалено",
        "это сообщение удалено",
        "вы удалили данное сообщение",
        "这条消息已删除",
        "此消息已被删除",
        "您删除了这条消息",
        "此訊息已刪除",
        "您已刪除此訊息",
        "이 메시지는 삭제되었습니다",
        "このメッセージは削除されました",
        "bu mesaj silindi",
    }
)

UNREADABLE = frozenset(
    {
        "waiting for this message",
        "waiting for this message. this may take a while",
        "view once message",
        "view once photo",
        "view once video",
        "you received a view once message. for added privacy, you can only open it on your phone",
    }
)

_LASTED = r"(?:[\d:., ]+ ?(?:sec|secs|min|mins|hr|hrs|h|seconds?|minutes?|hours?)\.?)+"
CALL = re.compile(
    rf"(?:missed|silenced) (?:group )?(?:voice|video) call(?:[,.] ?.{{1,40}}| at .{{1,15}})?"
    rf"|(?:group )?(?:voice|video) call[,.] ?(?:{_LASTED}|no answer|ended|missed|tap to call back"
    rf"|\d+ joined)"
    r"|verpasster (?:sprach|video)anruf|llamada(?: de voz| de video)? perdida"
    r"|appel (?:vocal|vidéo) manqué|chiamata (?:vocale|video) persa"
    r"|chamada de (?:voz|vídeo) perdida|未接(?:语音|视频|語音|視訊)(?:通话|通話|来电|來電)"
)
"""A whole message, casefolded, that is the trace of a call."""

LOCATION = re.compile(
    r"(?:[^\n:]{0,30}: ?)?(?:[^\n]{0,80} )?https?://(?:maps\.google\.com|maps\.apple\.com|"
    r"(?:www\.)?google\.com/maps)\S*"
)

NOTICE = re.compile(
    r"(?:messages and calls are end-to-end encrypted|messages to this (?:chat|group) and calls are"
    r"|messages you send to this (?:chat|group) and calls are"
    r"|nachrichten und anrufe sind ende-zu-ende|los mensajes y las llamadas están cifrados"
    r"|les messages et les appels sont chiffrés|i messaggi e le chiamate sono crittografati"
    r"|as mensagens e (?:as )?(?:chamadas|ligações) são protegidas"
    r"|berichten en gesprekken worden end-to-end|сообщения и звонки защищены"
    r"|消息和通话(?:都)?(?:进行|已|经)|消息和通话.{0,6}端到端|訊息和通話.{0,8}端對端"
    r"|메시지와 통화는 종단간|メッセージと通話はエンドツーエンド|mesajlar ve aramalar uçtan uca)"
)
"""The encryption notice, which iOS writes under the contact's name."""

EDITED = re.compile(
    r" ?\u200e?<(?:This message was edited|Questo messaggio è stato modificato"
    r"|Este mensaje fue editado|Se editó este mensaje\.?|Diese Nachricht wurde bearbeitet\.?"
    r"|Ce message a été modifié|Esta mensagem foi editada|Mensagem editada"
    r"|Это сообщение изменено|Dit bericht is bewerkt|此消息已编辑|已编辑此消息|此訊息已編輯)>$"
)
EDITED_MARKED = re.compile(r" ?\u200e<[^<>:\n]{5,60}>$")
"""The same in a language that is not listed: WhatsApp sets its own words apart with a mark."""
