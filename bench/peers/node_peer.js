// SPDX-License-Identifier: MIT
// The workloads of README.md on Node's sockets. Its loop can't be made anew, and its sockets can't block.
'use strict';

const net = require('node:net');
const readline = require('node:readline');

const GROUP = 500;
const TRIPS = 10;
const PIECE = 65536;
const ECHO = Buffer.from('Hello World\0');
const TRIP = Buffer.alloc(64);

function listen(onConnection) {
  return new Promise((resolve) => {
    const server = net.createServer({noDelay: true}, (socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    });
    server.listen({host: '127.0.0.1', port: 0, backlog: 4096}, () => resolve(server));
  });
}

function echo(socket) {
  socket.on('data', (data) => {
    if (!socket.write(data)) socket.pause();
  });
  socket.on('drain', () => socket.resume());
}

function connect(server) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({host: '127.0.0.1', port: server.address().port, noDelay: true}, () => resolve(socket));
    socket.on('error', reject);
  });
}

function trips(socket, message, count) {
  return new Promise((resolve) => {
    let received = 0;
    let left = count;
    socket.on('data', (data) => {
      received += data.length;
      if (received < message.length) return;
      received = 0;
      if (--left > 0) socket.write(message);
      else resolve();
    });
    socket.write(message);
  });
}

function closed(server) {
  return new Promise((resolve) => server.close(resolve));
}

async function roundTrips(message, count) {
  const server = await listen(echo);
  const socket = await connect(server);
  await trips(socket, message, count);
  socket.end();
  await closed(server);
}

async function lifeCycles(count) {
  for (let i = 0; i < count; i++) await roundTrips(ECHO, 1);
}

async function connections(count) {
  const server = await listen(echo);
  const sockets = [];
  while (sockets.length < count) {
    const group = [];
    for (let i = sockets.length; i < count && group.length < GROUP; i++) group.push(connect(server));
    sockets.push(...(await Promise.all(group)));
  }
  await Promise.all(sockets.map((socket) => trips(socket, TRIP, TRIPS)));
  sockets.forEach((socket) => socket.resetAndDestroy());
  await closed(server);
}

async function bulk(count) {
  const server = await listen(echo);
  const socket = await connect(server);
  const piece = Buffer.alloc(PIECE);
  let toSend = count * 1048576;
  let toReceive = toSend;
  await new Promise((resolve) => {
    const send = () => {
      while (toSend > 0) {
        toSend -= PIECE;
        if (!socket.write(piece)) return;
      }
    };
    socket.on('drain', send);
    socket.on('data', (data) => {
      toReceive -= data.length;
      if (toReceive <= 0) resolve();
    });
    send();
  });
  socket.end();
  await closed(server);
}

const workloads = {
  life_cycles: lifeCycles,
  round_trips: (count) => roundTrips(TRIP, count),
  connections,
  bulk,
};

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [name, count] = line.split(' ');
    if (!(name in workloads)) {
      console.log('-');
      continue;
    }
    const start = process.hrtime.bigint();
    await workloads[name](Number(count));
    console.log(String(process.hrtime.bigint() - start));
  }
}

main().catch((error) => {
  console.error(`node_peer: ${error.message}`);
  process.exit(2);
});
