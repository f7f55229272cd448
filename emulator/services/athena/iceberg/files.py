"""S3 with the caller's permissions, as Iceberg's library asks for files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from emulator.services.athena.storage import Storage


class CallerFiles(FileIO):
    """Files of S3, each read and written whole; `put_options` are PutObject's, such as an encryption."""

    def __init__(self, storage: Storage, put_options: Mapping[str, Any]) -> None:
        super().__init__()
        self.storage, self.put_options = storage, put_options

    def new_input(self, location: str) -> InputFile:
        """A file to read."""
        return _Input(location, self)

    def new_output(self, location: str) -> OutputFile:
        """A file to write."""
        return _Output(location, self)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove a file.

        Raises:
            QueryError: PERMISSION_DENIED.
        """
        self.storage.delete([location if isinstance(location, str) else location.location])


class _Input(InputFile):
    def __init__(self, location: str, files: CallerFiles) -> None:
        super().__init__(location)
        self._files = files

    def __len__(self) -> int:
        return self._files.storage.size(self.location) or 0

    def exists(self) -> bool:
        return self._files.storage.size(self.location) is not None

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002 (the library's signature)
        return io.BytesIO(self._files.storage.read(self.location))


class _Output(OutputFile):
    def __init__(self, location: str, files: CallerFiles) -> None:
        super().__init__(location)
        self._files = files
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def exists(self) -> bool:
        return self.to_input_file().exists()

    def to_input_file(self) -> InputFile:
        return _Input(self.location, self._files)

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: ARG002 (the library asks so)
        return _Written(self)  # every name has a UUID in it, so that nothing can be there

    def put(self, body: bytes) -> None:
        self._size = len(body)
        self._files.storage.write(self.location, body, **self._files.put_options)


class _Written(io.BytesIO):
    """What is written becomes an object when the stream is closed, and none when an error closes it."""

    def __init__(self, file: _Output) -> None:
        super().__init__()
        self._file: _Output | None = file

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self._file = None
        self.close()

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.put(self.getvalue())
        super().close()
