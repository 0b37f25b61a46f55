"""``Life``: one encrypted folder, awake from :meth:`Life.open` to :meth:`Life.close`.

life.header   who it is called, and the wraps of its key        (the only readable parts)
voice.key     the wrap of the voice key
lock          held while awake
life.db       SQLCipher
blobs/        photos, originals                                  under the blob key
voice/        voice clips and profiles                           under the voice key
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Self

from ofrenda.clock import Clock, SystemClock
from ofrenda.types import BlobId, Consent, LifeId, Member, MemberId, Person
from ofrenda.vault import home as homes
from ofrenda.vault import people, recovery
from ofrenda.vault.blobs import BlobStore
from ofrenda.vault.connection import Connection
from ofrenda.vault.database import DATABASE_FILE, Database
from ofrenda.vault.durable import make_folder, sweep_parts
from ofrenda.vault.founding import BLOBS_FOLDER, found
from ofrenda.vault.header import Header, VoiceKeyFile, write_header, write_voice_key
from ofrenda.vault.keys import (
    STANDARD_KDF,
    KdfParameters,
    LifeKey,
    Purpose,
    Wrap,
    asleep,
    forbid_core_dumps,
    wrap_with_passphrase,
    wrap_with_secret,
)
from ofrenda.vault.lock import LifeLock, home_lock
from ofrenda.vault.passphrase import require_strong
from ofrenda.vault.unlock import (
    VOICE_FOLDER,
    unlock,
    voice_destroyed,
    voice_is_destroyed,
    voice_store,
)

_SYSTEM = SystemClock()
# Every column that holds a blob id. A blob that none of them names belongs to nothing.
_BLOB_REFERENCES = (
    "SELECT photo_blob FROM person UNION SELECT blob FROM source UNION SELECT blob FROM media"
)
_VOICE_REFERENCES = (
    "SELECT blob FROM voice_clip UNION SELECT blob FROM voice_profile"
    " UNION SELECT blob FROM voice_fit"
    " UNION SELECT raw FROM voice_segment WHERE raw IS NOT NULL"
    " UNION SELECT clean FROM voice_segment WHERE clean IS NOT NULL"
    " UNION SELECT blob FROM rendered"
    " UNION SELECT blob FROM listening_sound"
)
# Everything that is known of the voice. Lines go with their sound, clips with what the lab made.
_FORGET_VOICE = """
    DELETE FROM voice_profile;
    DELETE FROM voice_fit;
    DELETE FROM voice_measure;
    DELETE FROM rendered;
    DELETE FROM listening_answer;
    DELETE FROM listening_line;
    DELETE FROM voice_clip;
"""


class Life:
    """One digital life, awake: its database, its blobs, its people. A context manager.

    Made with :meth:`create` or :meth:`open`; holds the life's lock and keys until :meth:`close`.
    """

    def __init__(self, header: Header, key: LifeKey, lock: LifeLock, clock: Clock) -> None:
        """For :meth:`create` and :meth:`open`; takes over ``key`` and ``lock``."""
        self._header = header
        self._key = key
        self._lock = lock
        self._clock = clock
        self._rewrapping = threading.Lock()
        folder = header.life.folder
        for part in (folder, folder / BLOBS_FOLDER, folder / VOICE_FOLDER):
            make_folder(part)  # copying tools tend to leave out empty folders
            sweep_parts(part)
        self.blobs = BlobStore(folder / BLOBS_FOLDER, self.id, key.derive(Purpose.BLOBS))
        self.voice_blobs = voice_store(folder, key)
        self.db = Database(folder / DATABASE_FILE, key.derive(Purpose.DATABASE))

    @classmethod
    def create(
        cls,
        home: Path,
        alias: str,
        passphrase: str,
        *,
        person: Person,
        consent: Consent,
        keeper: Member,
        kdf: KdfParameters = STANDARD_KDF,
        clock: Clock = _SYSTEM,
    ) -> tuple[Self, str]:
        """Make a life in ``home`` and open it; returns it with its recovery code.

        The code is shown once and kept nowhere. Either the whole life is made or nothing. Raises
        ``BadInput`` (weak passphrase, alias), ``LifeExists``, ``DiskFull``.
        """
        alias = homes.proper_alias(alias)
        require_strong(passphrase, names=(alias, person.name, keeper.name, keeper.called or ""))
        forbid_core_dumps()

        def first_rows(db: Connection) -> None:
            people.write_person(db, person)
            people.write_consent(db, consent)
            people.write_member(db, keeper, clock.now())

        founded = found(home, alias, passphrase, first_rows, kdf=kdf, day=clock.now().date())
        life = cls._awaken(founded.header, founded.key, founded.lock, clock)
        return life, recovery.written(founded.code)

    @classmethod
    def open(cls, home: Path, alias: str, secret: str, *, clock: Clock = _SYSTEM) -> Self:
        """Wake the life called ``alias`` with its passphrase or its recovery code.

        Raises ``LifeNotFound``, ``LifeInUse``, ``WrongPassphrase``, ``LifeDamaged``, and
        ``VaultError`` where a newer version of Ofrenda wrote it.
        """
        forbid_core_dumps()
        if home.is_dir():
            with home_lock(home):
                homes.sweep(home)
        lock = LifeLock.take(homes.find(home, alias).life.folder)
        key: LifeKey | None = None
        try:
            header = homes.find(home, alias)
            key = LifeKey(header.life.id, unlock(header, secret))
        finally:
            if key is None:
                lock.release()
        return cls._awaken(header, key, lock, clock)

    @classmethod
    def _awaken(cls, header: Header, key: LifeKey, lock: LifeLock, clock: Clock) -> Self:
        life: Self | None = None
        ready = False
        try:
            life = cls(header, key, lock, clock)
            if voice_is_destroyed(life.folder):
                life._clear_voice()  # what a crash during destroy_voice may have left
            ready = True
        finally:
            if not ready:
                if life is not None:
                    life.close()
                key.wipe()
                lock.release()
        return life

    @staticmethod
    def erase(home: Path, alias: str) -> None:
        """Shred the keys of a life and delete it: see :func:`ofrenda.vault.home.erase`."""
        homes.erase(home, alias)

    def close(self) -> None:
        """Let the life sleep: close the database, forget the keys, let go of the lock."""
        self.db.close()
        self.blobs.forget(asleep())
        self.voice_blobs.forget(asleep())
        self._key.wipe()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def id(self) -> LifeId:
        """The life's random id."""
        return self._header.life.id

    @property
    def alias(self) -> str:
        """What the keeper calls the life."""
        return self._header.life.alias

    @property
    def folder(self) -> Path:
        """The life's folder. Only the vault writes there."""
        return self._header.life.folder

    def person(self) -> Person:
        """Whom the life remembers."""
        with self.db.read() as db:
            return people.read_person(db)

    def set_person(self, person: Person) -> None:
        """Correct whom the life remembers."""
        with self.db.write() as db:
            people.write_person(db, person)

    def consents(self) -> list[tuple[int, Consent]]:
        """Every consent with its row id, oldest first."""
        with self.db.read() as db:
            return people.read_consents(db)

    def add_consent(self, consent: Consent) -> int:
        """Record a consent; returns its row id."""
        with self.db.write() as db:
            return people.write_consent(db, consent)

    def require_consent(self, scope: str) -> int:
        """The row id of the latest consent for ``scope``; ``ConsentMissing`` without one."""
        with self.db.read() as db:
            return people.require_consent(db, scope)

    def members(self) -> list[Member]:
        """Everybody on the list, in the order they were added."""
        with self.db.read() as db:
            return people.read_members(db)

    def member(self, member: MemberId) -> Member:
        """One member by id; ``NotInvited`` where there is none."""
        with self.db.read() as db:
            return people.read_member(db, member)

    def find_member(self, name_or_relation: str) -> Member:
        """The one member meant by a name, a pet name or a relation; ``NotInvited`` otherwise."""
        with self.db.read() as db:
            return people.find_member(db, name_or_relation)

    def add_member(self, member: Member) -> None:
        """Put somebody on the list; ``BadInput`` where that id is on it already."""
        with self.db.write() as db:
            people.write_member(db, member, self._clock.now())

    def change_passphrase(self, new: str, *, kdf: KdfParameters = STANDARD_KDF) -> None:
        """Put the life under another passphrase; the recovery code stays as it is.

        Raises ``BadInput`` where the new one is weak, ``DiskFull`` (then the old one holds).
        """
        names = [self.alias, self.person().name, *(member.name for member in self.members())]
        require_strong(new, names=names)
        self._rewrap(wrap_with_passphrase(self._key.secret, self.id, new, kdf))

    def new_recovery_code(self) -> str:
        """Make a new recovery code, shown once; the old one no longer opens the life."""
        code = recovery.new_secret()
        self._rewrap(wrap_with_secret(self._key.secret, self.id, Purpose.RECOVERY, code))
        return recovery.written(code)

    def destroy_voice(self) -> None:
        """Destroy the voice for good: no passphrase, code or later version brings it back.

        First its key is overwritten, then its rows and files go. Nothing else is touched. From
        then on ``voice_blobs`` raises ``VoiceDestroyed``.
        """
        with self._rewrapping:
            gone = VoiceKeyFile(wrap=None, destroyed=self._clock.now().date())
            write_voice_key(self.folder, self.id, gone)
            self.voice_blobs.forget(voice_destroyed())
        self._clear_voice()

    def collect_orphans(self) -> int:
        """Delete blobs that no row names (an import that crashed); returns how many.

        Only while nothing is being added: a blob is put before the row that names it.
        """
        deleted = 0
        for store, used in self._blobs_in_use():
            for blob in set(store.ids()) - used:
                store.delete(blob)
                deleted += 1
        return deleted

    def verify(self) -> None:
        """Read and check the whole life, as long as it takes. Raises ``LifeDamaged``."""
        self.db.verify()
        for store, used in self._blobs_in_use():
            for blob in used:
                for _ in store.chunks(blob):
                    pass

    def _rewrap(self, wrap: Wrap) -> None:
        with self._rewrapping:
            header = replace(self._header, wraps={**self._header.wraps, wrap.purpose: wrap})
            write_header(header)
            self._header = header

    def _blobs_in_use(self) -> list[tuple[BlobStore, set[BlobId]]]:
        with self.db.read() as db:
            return [
                (store, {BlobId(row[0]) for row in db.execute(query) if row[0]})
                for store, query in (
                    (self.blobs, _BLOB_REFERENCES),
                    (self.voice_blobs, _VOICE_REFERENCES),
                )
            ]

    def _clear_voice(self) -> None:
        with self.db.write() as db:
            for statement in _FORGET_VOICE.split(";"):
                db.execute(statement)
        for blob in self.voice_blobs.ids():
            self.voice_blobs.delete(blob)
