#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# usage: asyncio_peer.py [--uvloop]
# The workloads of README.md on asyncio: protocols and transports, which are what is fast there.
import asyncio
import concurrent.futures
import socket
import struct
import sys
import time

GROUP, TRIPS, THREADS, PIECE = 500, 10, 8, 65536
TRIP, ECHO = bytes(64), b"Hello World\0"
RESET = struct.pack("ii", 1, 0)


def without_delay(transport):
    transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Echo(asyncio.Protocol):
    def __init__(self, lost=None):
        self.lost = lost

    def connection_made(self, transport):
        self.transport = transport
        without_delay(transport)

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def connection_lost(self, error):
        if self.lost is not None and not self.lost.done():
            self.lost.set_result(None)


class Trips(asyncio.Protocol):
    """Sends a message, waits for all of it, and again, count times."""

    def __init__(self, message, count, done):
        self.message, self.left, self.done, self.received = message, count, done, 0

    def connection_made(self, transport):
        self.transport = transport
        without_delay(transport)

    def start(self):
        self.transport.write(self.message)

    def data_received(self, data):
        self.received += len(data)
        if self.received < len(self.message):
            return
        self.received = 0
        self.left -= 1
        if self.left > 0:
            self.transport.write(self.message)
        else:
            self.done.set_result(None)


class Bulk(asyncio.Protocol):
    def __init__(self, size, done):
        self.to_send, self.to_receive, self.done, self.paused = size, size, done, False

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        while self.to_send > 0 and not self.paused:
            self.to_send -= PIECE
            self.transport.write(bytes(PIECE))

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        self.send()

    def data_received(self, data):
        self.to_receive -= len(data)
        if self.to_receive <= 0:
            self.done.set_result(None)


async def listen(factory):
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, backlog=4096)
    return server, server.sockets[0].getsockname()[1]


async def life_cycles(count):
    loop = asyncio.get_running_loop()
    for _ in range(count):
        lost, done = loop.create_future(), loop.create_future()
        server, port = await listen(lambda: Echo(lost))
        transport, client = await loop.create_connection(lambda: Trips(ECHO, 1, done), "127.0.0.1", port)
        client.start()
        await done
        transport.close()
        await lost
        server.close()
        await server.wait_closed()


async def round_trips(count):
    loop = asyncio.get_running_loop()
    lost, done = loop.create_future(), loop.create_future()
    server, port = await listen(lambda: Echo(lost))
    transport, client = await loop.create_connection(lambda: Trips(TRIP, count, done), "127.0.0.1", port)
    client.start()
    await done
    transport.close()
    await lost
    server.close()
    await server.wait_closed()


async def connections(count):
    loop = asyncio.get_running_loop()
    server, port = await listen(Echo)
    clients = []
    for begin in range(0, count, GROUP):
        clients += await asyncio.gather(
            *(
                loop.create_connection(lambda: Trips(TRIP, TRIPS, loop.create_future()), "127.0.0.1", port)
                for _ in range(min(GROUP, count - begin))
            )
        )
    for _, client in clients:
        client.start()
    await asyncio.gather(*(client.done for _, client in clients))
    for transport, _ in clients:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()
    server.close()
    await server.wait_closed()


async def bulk(count):
    loop = asyncio.get_running_loop()
    lost, done = loop.create_future(), loop.create_future()
    server, port = await listen(lambda: Echo(lost))
    transport, _ = await loop.create_connection(lambda: Bulk(count << 20, done), "127.0.0.1", port)
    await done
    transport.close()
    await lost
    server.close()
    await server.wait_closed()


def call(port):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(ECHO)
        left = len(ECHO)
        while left > 0:
            left -= len(client.recv(left))


async def blocking(count):
    loop = asyncio.get_running_loop()
    server, port = await listen(Echo)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, call, port) for _ in range(count)))
    server.close()
    await server.wait_closed()


WORKLOADS = {f.__name__: f for f in (life_cycles, round_trips, connections, bulk, blocking)}


def run(name, count):
    if name == "fresh_life_cycles":
        start = time.monotonic_ns()
        for _ in range(count):
            asyncio.run(life_cycles(1))
        return time.monotonic_ns() - start
    if name not in WORKLOADS:
        return "-"

    async def timed():
        start = time.monotonic_ns()
        await WORKLOADS[name](count)
        return time.monotonic_ns() - start

    return asyncio.run(timed())


if "--uvloop" in sys.argv[1:]:
    import uvloop

    uvloop.install()
for line in sys.stdin:
    workload, number = line.split()
    print(run(workload, int(number)), flush=True)
