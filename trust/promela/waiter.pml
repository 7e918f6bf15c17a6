/* The waiter (native/core/waiter.cc): a thread that waits in msgrcv with a size of 0, and a JavaScript thread that arms it,
 * gives up, and closes. Checked: no message is lost or doubled (the assertion), and no process stays where it should have
 * gone on (invalid end states). What is atomic here happens under WaitLock or in the kernel.
 *
 * mutants: NO_REPEAT FORGET DROP_EVENTS
 */
#define SENT 2
mtype = { EINTR, EMPTY, READY };

bool armed, closed, in_kernel, blocked, interrupted, repeating, removed, no_room;
byte empties, texts;             /* in the queue */
byte events_empty, events_ready; /* on their way to the event loop */
byte kept;                       /* native/core/taken_messages.h */
byte sent_empties, sent_texts, got_empties, got_texts;

/* Sleeper::Wake. The signal of a thread that is not blocked yet is lost; the timer repeats it. */
inline wake() {
  if :: in_kernel -> repeating = true; if :: blocked -> interrupted = true :: else fi :: else fi
}

active proctype Timer() {
end: do
#ifndef NO_REPEAT
  :: atomic { repeating && blocked && !interrupted -> interrupted = true }
#endif
  :: atomic { closed && !in_kernel -> break }
  od
}

active proctype Kernel() {
  do
  :: atomic { sent_empties + sent_texts < SENT -> sent_empties++; empties++ }
  :: atomic { sent_empties + sent_texts < SENT -> sent_texts++; texts++ }
  :: no_room = !no_room; break
  :: break
  od
}

active proctype Thread() {
  mtype result;
  do
  :: atomic { armed -> in_kernel = true }
     /* Here a signal is lost. */
     blocked = true;
     if
     :: atomic { interrupted -> result = EINTR }
     :: atomic { empties > 0 -> empties--; result = EMPTY }
     :: atomic { texts > 0 -> result = READY }
     fi;
     atomic {
       blocked = false; in_kernel = false; repeating = false; interrupted = false;
       if
       :: result == READY && armed -> armed = false; events_ready++
       :: result == EMPTY && armed -> armed = false; events_empty++
       :: result == EMPTY && !armed ->
#ifndef FORGET
          if :: no_room -> kept++ :: else -> empties++ fi
#endif
       :: else
       fi
     }
  :: atomic { closed && !armed -> break }
  od
}

/* A receive that is given up, or gets a message; then another; then the end. */
active proctype JavaScript() {
  byte receives = 0;
  bool waits;
  do
  :: receives < 2 ->
     receives++;
     atomic { if :: kept > 0 -> kept--; got_empties++; waits = false :: else -> armed = true; waits = true fi }
     do
     :: atomic { waits && events_empty > 0 -> events_empty--; got_empties++; waits = false }
     :: atomic { waits && events_ready > 0 -> events_ready--;
          if :: texts > 0 -> texts--; got_texts++; waits = false :: else -> armed = true fi }
     :: atomic { waits -> waits = false; armed = false; wake() } /* Disarm */
     :: else -> break
     od
  :: receives == 2 -> break
  od;
  atomic { armed = false; closed = true; wake() }
  atomic { !in_kernel }
  /* Mailbox::Close: what is on its way goes back. */
  atomic {
#ifdef DROP_EVENTS
    events_empty = 0;
#endif
    do :: events_empty > 0 -> events_empty--; if :: no_room -> kept++ :: else -> empties++ fi :: else -> break od;
    assert(sent_empties == got_empties + empties + kept);
    assert(sent_texts == got_texts + texts)
  }
}
