#!/usr/bin/ruby
# frozen_string_literal: true

# reverse.rb REQUESTS REPLIES: the keys of two queues. Says hello, then answers each message with its bytes turned
# around, under the same type. Ends at a message "quit".
#
# Ruby has no message queues, but Fiddle, of its standard library, calls C's functions; no gem is needed.
require 'fiddle/import'

abort 'Usage: ruby reverse.rb REQUESTS REPLIES' unless ARGV.length == 2

# The calls of the C library.
module Libc
  extend Fiddle::Importer
  dlload Fiddle.dlopen(nil)
  extern 'int msgget(int, int)'
  extern 'int msgsnd(int, void*, size_t, int)'
  extern 'ssize_t msgrcv(int, void*, size_t, long, int)'
end

# A queue that another process has made.
class Queue
  MSGMAX = File.read('/proc/sys/kernel/msgmax').to_i

  def initialize(key)
    # The kernel's key has 32 bits and a sign.
    @id = retried('msgget') { Libc.msgget([key & 0xffffffff].pack('L').unpack1('l'), 0) }
  end

  # A message is its type, a native long (l!), then its bytes; the size is that of the bytes alone.
  def send(type, bytes)
    retried('msgsnd') { Libc.msgsnd(@id, [type].pack('l!') + bytes.b, bytes.bytesize, 0) }
  end

  def receive
    buffer = Fiddle::Pointer.malloc(Fiddle::SIZEOF_LONG + MSGMAX, Fiddle::RUBY_FREE)
    # 0: the oldest message, of any type.
    length = retried('msgrcv') { Libc.msgrcv(@id, buffer, MSGMAX, 0, 0) }
    [buffer[0, Fiddle::SIZEOF_LONG].unpack1('l!'), buffer[Fiddle::SIZEOF_LONG, length]]
  end

  private

  # A signal handler ends a wait, even with SA_RESTART.
  def retried(name)
    loop do
      result = yield
      return result if result >= 0
      raise SystemCallError.new(name, Fiddle.last_error) unless Fiddle.last_error == Errno::EINTR::Errno
    end
  end
end

requests = Queue.new(Integer(ARGV[0]))
replies = Queue.new(Integer(ARGV[1]))
replies.send(1, 'hello from Ruby')
loop do
  type, bytes = requests.receive
  break if bytes == 'quit'

  replies.send(type, bytes.reverse)
end
