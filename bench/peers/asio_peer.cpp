/* SPDX-License-Identifier: MIT */
/* The workloads of README.md in coroutines of Boost.Asio. */
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;
template <class T = void> using task = asio::awaitable<T>;

namespace {

constexpr std::size_t group_size = 500, trips_each = 10, threads = 8, piece = 65536;
const std::array<char, 12> echo_message{"Hello World"};
const std::array<char, 64> trip_message{};

task<> echo(tcp::socket socket, std::size_t size) {
  std::vector<char> data(size);
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);

  while (!error) {
    std::size_t received = co_await socket.async_read_some(asio::buffer(data), token);
    if (!error)
      co_await asio::async_write(socket, asio::buffer(data, received), token);
  }
}

tcp::acceptor listen(asio::io_context &context) {
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  acceptor.bind({asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4096);
  return acceptor;
}

task<> serve(tcp::acceptor &acceptor, std::size_t size, std::size_t count) {
  for (; count > 0; count--) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), echo(std::move(socket), size), asio::detached);
  }
}

task<tcp::socket> connect(tcp::endpoint endpoint) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(endpoint, asio::use_awaitable);
  socket.set_option(tcp::no_delay(true));
  co_return socket;
}

template <class Message> task<> talk(tcp::socket &socket, const Message &message, std::size_t count) {
  Message reply;

  for (; count > 0; count--) {
    co_await asio::async_write(socket, asio::buffer(message), asio::use_awaitable);
    co_await asio::async_read(socket, asio::buffer(reply), asio::use_awaitable);
  }
}

template <class Message> void converse(asio::io_context &context, const Message &message, std::size_t count) {
  tcp::acceptor acceptor = listen(context);

  asio::co_spawn(context, serve(acceptor, message.size(), 1), asio::detached);
  asio::co_spawn(
      context,
      [&]() -> task<> {
        tcp::socket socket = co_await connect(acceptor.local_endpoint());
        co_await talk(socket, message, count);
      },
      asio::detached);
  context.restart();
  context.run();
}

void connections(asio::io_context &context, std::size_t count) {
  tcp::acceptor acceptor = listen(context);
  std::vector<tcp::socket> clients;

  asio::co_spawn(context, serve(acceptor, trip_message.size(), count), asio::detached);
  while (clients.size() < count) {
    std::size_t end = std::min(count, clients.size() + group_size);
    for (std::size_t i = clients.size(); i < end; i++)
      asio::co_spawn(
          context, [&]() -> task<> { clients.push_back(co_await connect(acceptor.local_endpoint())); },
          asio::detached);
    while (clients.size() < end)
      context.run_one();
  }
  std::size_t left = count;
  for (tcp::socket &client : clients)
    asio::co_spawn(
        context,
        [&]() -> task<> {
          co_await talk(client, trip_message, trips_each);
          left--;
        },
        asio::detached);
  while (left > 0)
    context.run_one();
  for (tcp::socket &client : clients) {
    client.set_option(asio::socket_base::linger(true, 0));
    client.close();
  }
  context.restart();
  context.run();
}

void bulk(asio::io_context &context, std::size_t count) {
  tcp::acceptor acceptor = listen(context);
  tcp::socket client(context);
  std::size_t size = count << 20;

  asio::co_spawn(context, serve(acceptor, piece, 1), asio::detached);
  client.connect(acceptor.local_endpoint());
  asio::co_spawn(
      context,
      [&]() -> task<> {
        std::vector<char> data(piece);
        for (std::size_t sent = 0; sent < size; sent += piece)
          co_await asio::async_write(client, asio::buffer(data), asio::use_awaitable);
      },
      asio::detached);
  asio::co_spawn(
      context,
      [&]() -> task<> {
        std::vector<char> data(piece);
        for (std::size_t received = 0; received < size;)
          received += co_await client.async_read_some(asio::buffer(data), asio::use_awaitable);
        client.close();
      },
      asio::detached);
  context.restart();
  context.run();
}

void call(tcp::endpoint endpoint) {
  asio::io_context own;
  tcp::socket socket(own);
  std::array<char, 12> reply;

  socket.connect(endpoint);
  asio::write(socket, asio::buffer(echo_message));
  asio::read(socket, asio::buffer(reply));
}

void blocking(asio::io_context &context, std::size_t count) {
  tcp::acceptor acceptor = listen(context);
  tcp::endpoint endpoint = acceptor.local_endpoint();
  asio::thread_pool pool(threads);

  asio::co_spawn(context, serve(acceptor, echo_message.size(), count), asio::detached);
  for (std::size_t i = 0; i < count; i++)
    asio::post(pool, [endpoint] { call(endpoint); });
  context.restart();
  context.run();
  pool.join();
}

bool run(const std::string &name, std::size_t count) {
  asio::io_context kept(1);

  if (name == "life_cycles")
    for (; count > 0; count--)
      converse(kept, echo_message, 1);
  else if (name == "fresh_life_cycles")
    for (; count > 0; count--) {
      asio::io_context fresh(1);
      converse(fresh, echo_message, 1);
    }
  else if (name == "round_trips")
    converse(kept, trip_message, count);
  else if (name == "connections")
    connections(kept, count);
  else if (name == "bulk")
    bulk(kept, count);
  else if (name == "blocking")
    blocking(kept, count);
  else
    return false;
  return true;
}

} // namespace

int main() {
  std::string name;
  std::size_t count;

  try {
    while (std::cin >> name >> count) {
      auto start = std::chrono::steady_clock::now();
      bool known = run(name, count);
      auto time = std::chrono::steady_clock::now() - start;
      if (known)
        std::cout << std::chrono::nanoseconds(time).count() << std::endl;
      else
        std::cout << "-" << std::endl;
    }
  } catch (const std::exception &error) {
    std::cerr << "asio_peer: " << error.what() << std::endl;
    return 2;
  }
  return 0;
}
