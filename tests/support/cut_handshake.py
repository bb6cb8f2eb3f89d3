"""An https server that goes away in the middle of the handshake: of what it would say in it, the first connection gets
nothing, and each one after it STEP bytes more, until one gets all of it and an answer.

    cut_handshake.py CERTIFICATE KEY STEP

Printed is the port.
"""
import socket
import ssl
import sys

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwell"


def talk(connection, most, context):
    """Whether the handshake came to its end."""
    incoming, outgoing, sent = ssl.MemoryBIO(), ssl.MemoryBIO(), 0
    tls = context.wrap_bio(incoming, outgoing, server_side=True)

    def step(action):
        nonlocal sent
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                said = outgoing.read()
                connection.sendall(said[:max(0, most - sent)])
                sent += len(said)
                heard = connection.recv(65536) if sent <= most else b""
                if not heard:
                    return None
                incoming.write(heard)

    if step(lambda: tls.do_handshake() or True) is None:
        return False
    most = sys.maxsize
    step(lambda: tls.read(65536))
    tls.write(REPLY)
    connection.sendall(outgoing.read())
    return True


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
allowed = 0
while True:
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(20)
        try:
            if talk(connection, allowed, context):
                break
        except OSError:
            pass
    allowed += int(sys.argv[3])
