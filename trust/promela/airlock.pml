/* Taking, recovering and taking over: native/core/airlock*.cc and lib/consume/airlock-inbox.ts, checked exhaustively.
 *
 * MESSAGES different messages in a queue; CONSUMERS processes of one name, each with a file of its own: a lock, and one slot.
 * Every step of a consumer may be its last, KILLS times in all: its lock is free then, its memory is gone, its file stays, and
 * it starts again.
 *
 * Checked: no assertion fails, and at the end each message was handled.
 *   twice only begun: a message is handled no more often than one time, and once more for each kill
 *   none made up:     what is in hand is a message that was taken
 *
 * Run: spin -a airlock.pml && gcc -DSAFETY -o pan pan.c && ./pan -m1000000   (2.4 million states)
 * mutants: PRIVATE_FIRST FREE_FIRST STALE_TYPE NO_LOCK ARM_LATE
 *
 *   PRIVATE_FIRST  msgrcv into private memory, and a copy from there
 *   FREE_FIRST     the slot is freed before the work
 *   STALE_TYPE     the slot is armed with the type of its last message
 *   NO_LOCK        a file is taken over whether or not its owner lives
 *   ARM_LATE       msgrcv before the slot is armed
 */
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 3
#endif
#ifndef KILLS
#define KILLS 2
#endif

#define FREE 0
#define ARMED 1
#define TAKEN 2
#define NOBODY 255

byte first = 1;                /* the queue: messages first .. MESSAGES */
byte handled[MESSAGES + 1];
byte state[CONSUMERS];
byte type[CONSUMERS];          /* in the slot; 0: nothing has arrived */
byte owner[CONSUMERS];         /* who holds the lock of the file */
byte kills = 0;
byte finished = 0;
bool doomed[CONSUMERS];

/* One system call: the next message moves to `target`, or nothing does. */
inline msgrcv(target) {
  atomic {
    if
    :: first <= MESSAGES -> target = first; first++
    :: else -> skip
    fi
  }
}

inline work(message) {
  assert(message >= 1 && message <= MESSAGES);
  handled[message]++;
  assert(handled[message] <= 1 + kills)
}

inline mend(file) {
  if
  :: state[file] == ARMED && type[file] == 0 -> state[file] = FREE
  :: state[file] == ARMED && type[file] != 0 -> state[file] = TAKEN
  :: else -> skip
  fi
}

inline finish_what_is_in(file) {
  if
  :: state[file] == TAKEN -> mine = type[file]; work(mine); state[file] = FREE
  :: else -> skip
  fi
}

inline drop_locks() {
  d_step {
    other = 0;
    do
    :: other < CONSUMERS ->
       if :: owner[other] == me -> owner[other] = NOBODY :: else -> skip fi;
       other++
    :: other == CONSUMERS -> break
    od;
    other = 0
  }
}

proctype Consumer(byte me) {
  byte other = 0;
  byte mine = 0;

start:
  {
    /* Its own file of an earlier life, unless a sibling has taken it over just now; then those of dead siblings. */
    do
    :: other < CONSUMERS ->
#ifdef NO_LOCK
       owner[other] = me;
       mend(other);
       finish_what_is_in(other);
       if :: other != me -> owner[other] = NOBODY :: else -> skip fi;
#else
       atomic {
         if
         :: owner[other] == NOBODY -> owner[other] = me
         :: else -> skip
         fi
       };
       if
       :: owner[other] == me ->
          mend(other);
          finish_what_is_in(other);
          if :: other != me -> owner[other] = NOBODY :: else -> skip fi
       :: else -> skip
       fi;
#endif
       other++
    :: other == CONSUMERS -> other = 0; break
    od;
    if
    :: owner[me] == me -> skip
    :: else -> goto start
    fi;
    do
    :: mine = 0;
#ifdef PRIVATE_FIRST
       msgrcv(mine);
       if
       :: mine == 0 -> break
       :: else -> type[me] = mine; state[me] = TAKEN
       fi;
#else
#ifdef ARM_LATE
       type[me] = 0;
       msgrcv(type[me]);
       state[me] = ARMED;
#else
#ifndef STALE_TYPE
       type[me] = 0;
#endif
       state[me] = ARMED;
       msgrcv(type[me]);
#endif
       if
       :: type[me] == 0 -> state[me] = FREE; break
       :: else -> state[me] = TAKEN
       fi;
#endif
       mine = type[me];
#ifdef FREE_FIRST
       state[me] = FREE;
       work(mine);
#else
       work(mine);
       state[me] = FREE;
#endif
#ifdef STALE_TYPE
       if :: first > MESSAGES -> break :: else -> skip fi
#endif
    od
  } unless {
    /* kill -9 */
    atomic { doomed[me] -> doomed[me] = false; mine = 0; drop_locks() };
    goto start
  };
  atomic { drop_locks(); finished++ }
}

/* An escape (unless) comes as soon as it can, so that somebody else has to choose the moment. */
proctype Killer() {
  byte victim = 0;
  do
  :: kills < KILLS ->
     if
     :: victim = 0
     :: victim = 1
     fi;
     atomic { doomed[victim] = true; kills++ }
  :: break
  od
}

/* What the last consumer of all has left is found by one that comes later, and is not killed. */
proctype Last() {
  byte other = 0;
  byte mine = 0;
  finished == CONSUMERS;
  do
  :: other < CONSUMERS -> assert(owner[other] == NOBODY); mend(other); finish_what_is_in(other); other++
  :: other == CONSUMERS -> break
  od;
  other = 1;
  do
  :: other <= MESSAGES -> assert(handled[other] >= 1); other++
  :: else -> break
  od
}

init {
  byte each = 0;
  atomic {
    do
    :: each < CONSUMERS -> owner[each] = NOBODY; run Consumer(each); each++
    :: else -> break
    od;
    run Killer();
    run Last()
  }
}
