// SPDX-License-Identifier: MIT

//! The workloads of README.md on tokio's scheduler for one thread.

use std::io::{BufRead, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

const GROUP: usize = 500;
const TRIPS: usize = 10;
const THREADS: usize = 8;
const PIECE: usize = 65536;
const ECHO: [u8; 12] = *b"Hello World\0";
const TRIP: [u8; 64] = [0; 64];

type Result<T> = std::io::Result<T>;

fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_io().max_blocking_threads(THREADS).build()
}

async fn echo<const SIZE: usize>(mut stream: TcpStream) {
    let mut data = vec![0; SIZE];
    while let Ok(size) = stream.read(&mut data).await {
        if size == 0 || stream.write_all(&data[..size]).await.is_err() {
            break;
        }
    }
}

fn listen() -> Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse().expect("an address"))?;
    let listener = socket.listen(4096)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves one connection, and ends when that has.
fn serve_one<const SIZE: usize>(listener: TcpListener) -> JoinHandle<Result<()>> {
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        echo::<SIZE>(stream).await;
        Ok(())
    })
}

fn serve<const SIZE: usize>(listener: TcpListener) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(echo::<SIZE>(stream));
        }
    })
}

async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn trips<const SIZE: usize>(stream: &mut TcpStream, message: [u8; SIZE], count: usize) -> Result<()> {
    let mut reply = [0; SIZE];
    for _ in 0..count {
        stream.write_all(&message).await?;
        stream.read_exact(&mut reply).await?;
    }
    Ok(())
}

async fn life_cycles(count: usize) -> Result<()> {
    for _ in 0..count {
        let (listener, address) = listen()?;
        let server = serve_one::<12>(listener);
        let mut client = connect(address).await?;
        trips(&mut client, ECHO, 1).await?;
        drop(client);
        server.await.expect("a server")?;
    }
    Ok(())
}

async fn round_trips(count: usize) -> Result<()> {
    let (listener, address) = listen()?;
    let server = serve_one::<64>(listener);
    let mut client = connect(address).await?;
    trips(&mut client, TRIP, count).await?;
    drop(client);
    server.await.expect("a server")
}

async fn connections(count: usize) -> Result<()> {
    let (listener, address) = listen()?;
    let server = serve::<64>(listener);
    let mut clients = Vec::with_capacity(count);
    while clients.len() < count {
        let group: Vec<_> =
            (clients.len()..count).take(GROUP).map(|_| tokio::spawn(connect(address))).collect();
        for made in group {
            clients.push(made.await.expect("a connect")?);
        }
    }
    let talks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                trips(&mut client, TRIP, TRIPS).await?;
                Ok::<_, std::io::Error>(client)
            })
        })
        .collect();
    let mut clients = Vec::with_capacity(count);
    for talk in talks {
        clients.push(talk.await.expect("a client")?);
    }
    for client in clients {
        client.set_linger(Some(Duration::ZERO))?;
    }
    server.abort();
    Ok(())
}

async fn bulk(count: usize) -> Result<()> {
    let (listener, address) = listen()?;
    let server = serve_one::<PIECE>(listener);
    let size = count << 20;
    let (mut reader, mut writer) = connect(address).await?.into_split();
    let sender = tokio::spawn(async move {
        let piece = vec![0; PIECE];
        for _ in 0..size / PIECE {
            writer.write_all(&piece).await?;
        }
        Ok::<_, std::io::Error>(writer)
    });
    let mut data = vec![0; PIECE];
    let mut received = 0;
    while received < size {
        received += reader.read(&mut data).await?;
    }
    drop(sender.await.expect("a sender")?);
    drop(reader);
    server.await.expect("a server")
}

fn call(address: SocketAddr) -> Result<()> {
    let mut stream = std::net::TcpStream::connect(address)?;
    let mut reply = [0; 12];
    stream.write_all(&ECHO)?;
    stream.read_exact(&mut reply)
}

async fn blocking(count: usize) -> Result<()> {
    let (listener, address) = listen()?;
    let server = serve::<12>(listener);
    let calls: Vec<_> = (0..count).map(|_| tokio::task::spawn_blocking(move || call(address))).collect();
    for made in calls {
        made.await.expect("a call")?;
    }
    server.abort();
    Ok(())
}

fn run(name: &str, count: usize) -> Result<Option<Duration>> {
    let kept = runtime()?;
    let start = Instant::now();
    match name {
        "life_cycles" => kept.block_on(life_cycles(count))?,
        "fresh_life_cycles" => {
            for _ in 0..count {
                runtime()?.block_on(life_cycles(1))?;
            }
        }
        "round_trips" => kept.block_on(round_trips(count))?,
        "connections" => kept.block_on(connections(count))?,
        "bulk" => kept.block_on(bulk(count))?,
        "blocking" => kept.block_on(blocking(count))?,
        _ => return Ok(None),
    }
    Ok(Some(start.elapsed()))
}

fn main() -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, count) = line.split_once(' ').expect("WORKLOAD COUNT");
        match run(name, count.parse().expect("a count"))? {
            Some(time) => println!("{}", time.as_nanos()),
            None => println!("-"),
        }
    }
    Ok(())
}
