"""Made-up chats, written down as the apps do: what importers are measured with."""

from ofrenda.measure.exports import phones, services, tables, texts, writings
from ofrenda.measure.exports.form import Chat, Form, Said

FORMS: tuple[Form, ...] = (
    *texts.FORMS, *tables.FORMS, *services.FORMS, *phones.FORMS, *writings.FORMS,
)  # fmt: skip
"""Every way of writing, in a fixed order."""

__all__ = ["FORMS", "Chat", "Form", "Said"]
