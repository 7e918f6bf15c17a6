/* The store of taken messages (native/core/taken_messages.cc): a message that was taken and that nobody has got is kept;
 * the next receive of the process has it, or the keeper gives it back, or the end of the process gives it back or reports
 * it. Checked: no message is lost or doubled (the assertions), and no receive waits while a message is kept (invalid end
 * states). What is atomic here happens under WaitLock or in the kernel; `giving_back` is the mutex of that name.
 *
 * mutants: NO_CHECK NO_MUTEX NO_TELL
 */
#define N 2

byte queue = N, held, kept, leaving, got, reported;
bool armed, told, no_room, refused, giving_back, ending, ended;

#define EACH_ONCE assert(queue + held + kept + leaving + got + reported == N)

/* KeepTaken: every waiter that matches is told. KeepForWaiter tells only the waiter that took the message, for which it is then
 * reserved, and FreeReservedMessages the others; with one receiver, as here, these are the same. */
inline keep(count) {
  kept = kept + count;
#ifndef NO_TELL
  told = told || armed;
#endif
}

active proctype Room() {
  if :: no_room = true :: skip fi
}

/* A stream that looks ahead, or a wait that took an empty message. */
active proctype Taker() {
  do
  :: atomic { queue > 0 && !ending -> queue--; held++ };
     if
     :: atomic { held--; got++ }
     :: atomic { held--; keep(1); refused = false }
     fi;
     EACH_ONCE
  :: break
  od
}

/* ReceiveKeptFirst, then Arm, then the thread in msgrcv. */
active proctype Receiver() {
look:
  if
  :: atomic { kept > 0 -> kept--; got++ }; goto look
  :: kept == 0
  fi;
  if
  :: atomic { queue > 0 -> queue--; got++ }; goto look
  :: queue == 0
  fi;
  atomic {
    if
#ifndef NO_CHECK
    :: kept > 0 -> goto look
    :: else -> armed = true; told = false
#else
    :: true -> armed = true; told = false
#endif
    fi
  };
  if
  :: atomic { told || queue > 0 -> armed = false }; goto look
  :: atomic { ending || got + reported == N -> armed = false }
  fi
}

active proctype Keeper() {
end: do
  /* It asks a full queue again and again; once is enough to see what comes of it. */
  :: atomic { kept > 0 && !refused && !giving_back && !ended -> giving_back = true; leaving = kept; kept = 0 };
     if
     :: atomic { !no_room -> queue = queue + leaving; leaving = 0 }
     :: atomic { no_room -> keep(leaving); leaving = 0; refused = true }
     fi;
     EACH_ONCE;
     assert(!ended || kept == 0);
     giving_back = false
  od
}

active proctype End() {
  if
  :: true -> ending = true
  :: true -> goto stays
  fi;
  /* Streams hand over what they hold before the environment is gone. */
  held == 0;
#ifndef NO_MUTEX
  atomic { !giving_back -> giving_back = true };
#endif
  atomic {
    if
    :: !no_room -> queue = queue + kept
    :: else -> reported = reported + kept
    fi;
    kept = 0; ended = true
  };
  EACH_ONCE;
stays:
  skip
}
