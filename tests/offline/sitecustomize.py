"""No network but loopback, in the tests and in every kernel they start: Python imports this by itself from PYTHONPATH."""
import socket


def _loopback_only(original):
    def guarded(self, address, *rest):
        host = address[0] if isinstance(address, tuple) else "unix"
        if host not in ("127.0.0.1", "::1", "localhost", "unix"):
            raise OSError(f"The course works offline, and something tried to reach {host}.")
        return original(self, address, *rest)
    return guarded


for _name in ("connect", "connect_ex"):
    setattr(socket.socket, _name, _loopback_only(getattr(socket.socket, _name)))
