"""A service manager's end of the line: binds a datagram socket and writes each message to a file, one on a line.

Arguments: the address, a path or @NAME, and the file. Says "ready" once it listens."""
import json
import socket
import sys

address, path = sys.argv[1:3]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + address[1:] if address.startswith("@") else address)
print("ready", flush=True)
with open(path, "a", encoding="utf-8") as out:
    while True:
        out.write(json.dumps(listener.recv(4096).decode().split("\n")) + "\n")
        out.flush()
