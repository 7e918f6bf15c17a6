// The first thing that a new user tries: a queue, a message, received.
const { MessageQueue } = require('sysvmq');

const queue = MessageQueue.createPrivate();
queue.receive().then(({ data }) => {
  console.log(`received: ${data}`);
  queue.remove();
});
queue.send('hello');
