# Ruby, which has no System V queues of its own, through its foreign function interface Fiddle: reads lines
# "operation bytes count" and answers each with the nanoseconds that it took.
require 'fiddle'

PAYLOADS = 16
MAX_BYTES = 8192
IPC_NOWAIT = 0o4000

libc = Fiddle.dlopen(nil)
int, long, size, pointer = Fiddle::TYPE_INT, Fiddle::TYPE_LONG, Fiddle::TYPE_SIZE_T, Fiddle::TYPE_VOIDP
msgget = Fiddle::Function.new(libc['msgget'], [int, int], int)
MSGSND = Fiddle::Function.new(libc['msgsnd'], [int, pointer, size, int], int)
MSGRCV = Fiddle::Function.new(libc['msgrcv'], [int, pointer, size, long, int], long)
QUEUE = msgget.call(0, 0o600)
raise "msgget: #{Fiddle.last_error}" if QUEUE < 0

def pair(bytes, count)
  payloads = Array.new(PAYLOADS) { |i| (97 + i).chr * bytes }
  incoming = "\0" * (8 + MAX_BYTES)
  data = nil
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  count.times do |i|
    message = [1, payloads[i % PAYLOADS]].pack('l!a*')
    raise "msgsnd: #{Fiddle.last_error}" if MSGSND.call(QUEUE, message, bytes, IPC_NOWAIT) < 0
    length = MSGRCV.call(QUEUE, incoming, MAX_BYTES, 0, IPC_NOWAIT)
    raise "msgrcv: #{Fiddle.last_error}" if length < 0
    data = incoming.byteslice(8, length)
  end
  elapsed = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start
  raise 'other bytes arrived than were sent' if data != payloads[(count - 1) % PAYLOADS]
  elapsed
end

$stdout.sync = true
puts "ready #{RUBY_VERSION}"
$stdin.each_line do |line|
  _operation, bytes, count = line.split
  puts pair(bytes.to_i, count.to_i)
end
