"""Clients that never come to an end: each sends a few bytes now and then, and comes again when it is cut off.

Arguments: port, how many. Says "hanging" once all of them are connected. On SIGTERM it says how many were connected
on average since then, and how many connections there were in all."""
import asyncio
import signal
import sys

PORT, COUNT = int(sys.argv[1]), int(sys.argv[2])
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
EVERY = 0.05  # seconds between two looks

connected = made = 0


async def drip(number, reader, writer):
    """Half of them are slow with the head of a request, half of them with its body."""
    writer.write(HEAD if number % 2 else HEAD + b"\r\n")
    while not reader.at_eof():
        await asyncio.sleep(0.2)
        writer.write(b"X-A: b\r\n" if number % 2 else b"x")
        await writer.drain()


async def client(number):
    global connected, made
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        made += 1
        connected += 1
        try:
            await drip(number, reader, writer)
        except OSError:
            pass
        connected -= 1
        writer.close()


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    tasks = [asyncio.create_task(client(number)) for number in range(COUNT)]
    while connected < COUNT:
        await asyncio.sleep(EVERY)
    print("hanging", flush=True)
    looks = []
    while not stop.is_set():
        looks.append(connected)
        await asyncio.sleep(EVERY)
    print(sum(looks) // len(looks), made, flush=True)
    for task in tasks:
        task.cancel()

asyncio.run(main())
