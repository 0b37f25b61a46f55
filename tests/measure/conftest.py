from __future__ import annotations

from ofrenda.call.media import keep_media_quiet

keep_media_quiet()
