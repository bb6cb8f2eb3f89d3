"""A network of its own, in which names mean what a test wants. Run it as

    unshare --user --map-root-user --net --mount python3 name_world.py WORLD.json

WORLD.json: {"resolv_conf": a file to put over /etc/resolv.conf, "certificate", "key": of the https server,
"names": {LABEL: KIND}, "jobs": [{"argv", "environment"}, ...]}. A name that holds one of the labels between two dots
is answered as its kind says: "unknown", "failure", "empty", "silence", or a list of addresses, one for each look-up
and the last one for all that follow. The https server is at 192.0.2.10 and at 2001:db8::10; whatever it is asked it says whose
credentials these are. All jobs run side by side; printed is [{"code", "out", "err"}, ...], in their order; code 124 is that of a job
that had not ended after LONGEST seconds.
"""
import fcntl
import ipaddress
import json
import socket
import ssl
import struct
import subprocess
import sys
import threading

LONGEST = 100
A, AAAA = 1, 28
NAME_ERROR, SERVER_FAILED = 3, 2
IDENTITY = (b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            b"<Arn>arn:aws:iam::111122223333:user/somebody</Arn><UserId>AIDA</UserId><Account>111122223333</Account>"
            b"</GetCallerIdentityResult></GetCallerIdentityResponse>")


def bring_up():
    """Loopback with addresses that documentation has for itself; `ip` would do, but is not everywhere."""
    up, set_flags, set_address, get_index = 0x1, 0x8914, 0x8916, 0x8933
    v4, v6 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    fcntl.ioctl(v4, set_flags, struct.pack("16sh14x", b"lo", up))
    address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton("192.0.2.10"))
    fcntl.ioctl(v4, set_address, struct.pack("16s", b"lo:1") + address)
    index = struct.unpack("16si", fcntl.ioctl(v4, get_index, struct.pack("16si", b"lo", 0))[:20])[1]
    fcntl.ioctl(v6, set_address, ipaddress.ip_address("2001:db8::10").packed + struct.pack("Ii", 128, index))


class Names(threading.Thread):
    """The name server."""

    def __init__(self, kinds):
        super().__init__(daemon=True)
        self.kinds, self.asked = kinds, {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))

    def run(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            reply = self.reply(query)
            if reply:
                self.socket.sendto(reply, sender)

    def reply(self, query):
        end, labels = 12, []
        while query[end]:
            labels.append(query[end + 1:end + 1 + query[end]].decode())
            end += 1 + query[end]
        kind = next((kind for label, kind in self.kinds.items() if label in labels), "unknown")
        (record,) = struct.unpack(">H", query[end + 1:end + 3])
        question = query[12:end + 5]
        if kind == "silence":
            return None
        found = [] if isinstance(kind, str) else self.addresses(kind, ".".join(labels), record)
        code = NAME_ERROR if kind == "unknown" else SERVER_FAILED if kind == "failure" else 0
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        return head + question + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", record, 1, 0, len(data)) + data for data in found)

    def addresses(self, kind, name, record):
        count = self.asked.get((name, record), 0)
        self.asked[(name, record)] = count + 1
        address = ipaddress.ip_address(kind[min(count, len(kind) - 1)])
        return [address.packed] if (record == AAAA) == (address.version == 6) and record in (A, AAAA) else []


def answer(connection, context):
    try:
        with context.wrap_socket(connection, server_side=True) as stream:
            while b"\r\n\r\n" not in (stream.recv(65536) or b"\r\n\r\n"):
                pass
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                           % len(IDENTITY) + IDENTITY)
    except OSError:  # whoever refuses the certificate goes away
        connection.close()


def serve(listener, context):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, context), daemon=True).start()


def run(job, results, i):
    try:
        done = subprocess.run(job["argv"], env=job["environment"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=LONGEST)
        results[i] = {"code": done.returncode, "out": done.stdout, "err": done.stderr}
    except subprocess.TimeoutExpired:
        results[i] = {"code": 124, "out": "", "err": "it did not end"}


with open(sys.argv[1], encoding="utf-8") as file:
    world = json.load(file)
bring_up()
subprocess.run(["mount", "--bind", world["resolv_conf"], "/etc/resolv.conf"], check=True)
Names(world["names"]).start()
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(world["certificate"], world["key"])
for family, address in ((socket.AF_INET, "192.0.2.10"), (socket.AF_INET6, "2001:db8::10")):
    server = socket.create_server((address, 443), family=family)
    threading.Thread(target=serve, args=(server, tls), daemon=True).start()
results = [None] * len(world["jobs"])
jobs = [threading.Thread(target=run, args=(job, results, i)) for i, job in enumerate(world["jobs"])]
for job in jobs:
    job.start()
for job in jobs:
    job.join()
json.dump(results, sys.stdout)
