"""What came along with the words: recordings, films and photos, kept as they were.

Recordings are listened to in the background (:func:`transcribe`) and their words become those of
the message they came with; photos are looked at for when and where they were taken. All decoding
happens in a process that has no keys.
"""

from ofrenda.archive.kept.candidates import VoiceCandidate, voice_candidates
from ofrenda.archive.kept.hearing import transcribe, waiting_to_be_heard
from ofrenda.archive.kept.photos import Photo, look_at_photos, photos
from ofrenda.archive.kept.sounds import MARKS, Sound, media_counts, sound_of

__all__ = [
    "MARKS",
    "Photo",
    "Sound",
    "VoiceCandidate",
    "look_at_photos",
    "media_counts",
    "photos",
    "sound_of",
    "transcribe",
    "voice_candidates",
    "waiting_to_be_heard",
]
