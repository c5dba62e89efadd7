//! Channels: order, handing over, interrupts, disconnecting, other OS threads.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use coro::__private::{Planned, Test, kill_at_suspension};
use coro::channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, after, at, bounded, never, tick, unbounded,
};
use coro::thread;
use coro_tests::canary::{Canary, Drops};

use crate::support::{HOUR, MILLISECOND, MINUTE, watch};

const MESSAGE: &str = "a message of a channel";
const ROOM: &str = "room in a channel";

fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    capacity.map_or_else(unbounded, bounded)
}

const CAPACITIES: [Option<usize>; 4] = [Some(0), Some(1), Some(3), None];

fn named<T: 'static>(name: &str, body: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(body).unwrap()
}

#[test]
fn the_ends_are_what_their_messages_allow() {
    fn shared<T: Send + Sync>() {}
    fn safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    shared::<(Sender<RefCell<u32>>, Receiver<RefCell<u32>>)>();
    safe::<(Sender<*const RefCell<u32>>, Receiver<*mut u32>)>();
    let text = String::from("borrowed");
    let (sender, receiver) = unbounded::<&str>();
    sender.send(&text).unwrap();
    assert_eq!(receiver.recv(), Ok("borrowed"));
    let (sender, receiver) = unbounded::<Rc<str>>();
    sender.send(Rc::from("stays here")).unwrap();
    assert_eq!(
        format!("{sender:?} {receiver:?} {:?}", receiver.iter()),
        "Sender { .. } Receiver { .. } Iter { .. }"
    );
}

#[coro::test(seeds = 100)]
fn each_message_arrives_once_and_in_its_senders_order() {
    for capacity in CAPACITIES {
        let (sender, receiver) = channel(capacity);
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let receiver = receiver.clone();
                thread::spawn(move || receiver.iter().collect::<Vec<(usize, usize)>>())
            })
            .collect();
        for from in 0..3 {
            let sender = sender.clone();
            thread::spawn(move || (0..7).for_each(|number| sender.send((from, number)).unwrap()));
        }
        drop((sender, receiver));
        let received: Vec<Vec<_>> =
            receivers.into_iter().map(|receiver| receiver.join().unwrap()).collect();
        for (list, from) in received.iter().flat_map(|list| (0..3).map(move |from| (list, from))) {
            let numbers = list.iter().filter(|message| message.0 == from);
            assert!(numbers.is_sorted(), "{capacity:?}: {list:?}");
        }
        let mut all = received.concat();
        all.sort_unstable();
        let expected: Vec<_> =
            (0..3).flat_map(|from| (0..7).map(move |number| (from, number))).collect();
        assert_eq!(all, expected, "{capacity:?}");
    }
}

#[coro::test]
fn waiters_are_served_in_the_order_of_coming() {
    let (sender, receiver) = bounded(0);
    let order: Rc<RefCell<Vec<usize>>> = Rc::default();
    let receivers: Vec<_> = (0..4)
        .map(|number| {
            let (receiver, order) = (receiver.clone(), order.clone());
            let thread = named(&number.to_string(), move || {
                assert_eq!(receiver.recv(), Ok(number));
                order.borrow_mut().push(number);
            });
            watch::until_parked(&number.to_string(), MESSAGE);
            thread
        })
        .collect();
    (0..4).for_each(|number| sender.send(number).unwrap());
    receivers.into_iter().for_each(|receiver| receiver.join().unwrap());
    assert_eq!(order.take(), [0, 1, 2, 3]);
}

#[coro::test]
fn a_receiver_that_was_served_and_then_killed_has_its_message() {
    let (sender, receiver) = unbounded();
    let thread = named("receiver", move || {
        let message = receiver.recv();
        assert_eq!(message, Ok(5));
        let nothing = receiver.recv(); // here the kill arrives
        unreachable!("{nothing:?}");
    });
    watch::until_parked("receiver", MESSAGE);
    sender.send(5).unwrap();
    thread.kill();
    assert!(thread.join().unwrap_err().is_killed());
    assert_eq!(sender.send(6), Err(SendError(6)));
}

#[coro::test]
fn a_killed_sender_takes_its_message_along() {
    let drops = Drops::default();
    for capacity in [0, 1] {
        let (sender, receiver) = bounded(capacity);
        (0..capacity).for_each(|_| sender.send(drops.canary()).unwrap());
        let victim = named("victim", {
            let (sender, canary) = (sender.clone(), drops.canary());
            move || sender.send(canary).unwrap()
        });
        watch::until_parked("victim", ROOM);
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(receiver.try_iter().count(), capacity);
    }
    drops.expect_none_alive();
}

#[coro::test(start_paused)]
fn waits_end_in_time() {
    let (sender, receiver) = bounded(0);
    let start = coro::time::now();
    assert_eq!(receiver.recv_timeout(HOUR), Err(RecvTimeoutError::Timeout));
    assert_eq!(sender.send_timeout(1, HOUR), Err(SendTimeoutError::Timeout(1)));
    assert_eq!(coro::time::now() - start, 2 * HOUR);
    let deadline = start + 3 * HOUR;
    assert_eq!(receiver.recv_deadline(deadline), Err(RecvTimeoutError::Timeout));
    assert_eq!(coro::time::now(), deadline);
    assert!(coro::timeout(HOUR, || receiver.recv()).is_err());
    thread::spawn(move || sender.send_timeout(2, Duration::MAX).unwrap());
    assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(2));
    assert_eq!(receiver.recv_timeout(HOUR), Err(RecvTimeoutError::Disconnected));
}

#[coro::test]
fn the_last_sender_ends_the_receivers_and_they_drain_first() {
    let (sender, receiver) = bounded(3);
    let waiting = named("waiting", {
        let other = never::<u32>();
        let (sender, receiver) = bounded::<u32>(0);
        drop(sender);
        move || (receiver.recv(), other.try_recv())
    });
    assert_eq!(waiting.join().unwrap(), (Err(RecvError), Err(TryRecvError::Empty)));
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    let clone = sender.clone();
    drop(sender);
    assert_eq!(receiver.recv(), Ok(1));
    let last = named("last", move || (receiver.recv(), receiver.recv()));
    watch::until_parked("last", MESSAGE);
    drop(clone);
    assert_eq!(last.join().unwrap(), (Ok(2), Err(RecvError)));
}

#[coro::test]
fn the_last_receiver_gives_senders_their_messages_back() {
    let drops = Drops::default();
    let (sender, receiver) = bounded(1);
    sender.send(drops.canary()).unwrap();
    let waiting = named("waiting", {
        let (sender, canary) = (sender.clone(), drops.canary());
        move || sender.send(canary).unwrap_err().into_inner().check()
    });
    watch::until_parked("waiting", ROOM);
    drop(receiver);
    assert_eq!(drops.dropped(), 1, "the one in the channel goes with the last receiver");
    waiting.join().unwrap();
    assert!(matches!(sender.try_send(drops.canary()), Err(TrySendError::Disconnected(_))));
    drops.expect_none_alive();
}

/// Sends into a channel, and may panic, when it is dropped.
struct Talker {
    sender: Sender<Option<Talker>>,
    panics: bool,
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.sender.send(None);
        if self.panics {
            std::panic::panic_any(Planned);
        }
    }
}

#[coro::test]
fn destructors_of_messages_may_send_and_panic() {
    let (sender, receiver) = unbounded();
    let (other, log) = unbounded();
    for panics in [false, true, true, false] {
        sender.send(Some(Talker { sender: other.clone(), panics })).unwrap();
    }
    drop(Some(Talker { sender: sender.clone(), panics: false }));
    let outcome = catch_unwind(AssertUnwindSafe(|| drop(receiver)));
    assert!(outcome.unwrap_err().is::<Planned>());
    assert_eq!(log.len(), 4, "each was dropped once");
    assert!(sender.send(None).is_err());
}

#[coro::test]
fn an_unbounded_send_does_not_suspend() {
    let (sender, receiver) = unbounded();
    let other = thread::spawn(|| ());
    let cell = RefCell::new(0);
    let mut borrowed = cell.borrow_mut();
    (0..1000).for_each(|number| sender.send(number).unwrap());
    *borrowed += receiver.len();
    assert_eq!(*borrowed, 1000);
    assert!(!other.is_finished(), "nobody else has run");
    other.join().unwrap();
}

#[coro::test]
fn a_busy_pair_lets_others_run() {
    let (sender, receiver) = unbounded();
    let others = Rc::new(std::cell::Cell::new(0));
    thread::spawn({
        let others = others.clone();
        move || {
            for _ in 0..3 {
                others.set(others.get() + 1);
                thread::yield_now();
            }
        }
    });
    for number in 0..1000 {
        sender.send(number).unwrap();
        assert_eq!(receiver.recv(), Ok(number));
    }
    assert_eq!(others.get(), 3);
}

#[coro::test(start_paused)]
fn the_clocks_receivers_share_their_messages() {
    let start = coro::time::now();
    let once = after(HOUR);
    assert_eq!((once.len(), once.capacity(), once.is_full()), (0, Some(1), false));
    let clone = once.clone();
    assert_eq!(clone.recv(), Ok(start + HOUR));
    assert_eq!(once.recv_timeout(HOUR), Err(RecvTimeoutError::Timeout));
    assert_eq!(at(start).try_recv(), Ok(start));

    let now = coro::time::now();
    let ticks = tick(HOUR);
    assert!(ticks.same_channel(&ticks.clone()) && !ticks.same_channel(&tick(HOUR)));
    assert!(ticks.iter().take(3).eq((1..=3).map(|number| now + HOUR * number)));
    thread::sleep(HOUR * 3 + HOUR / 2);
    assert_eq!(ticks.try_recv(), Ok(now + HOUR * 4), "those that were missed are left out");
    assert_eq!(ticks.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(ticks.recv(), Ok(now + HOUR * 7 + HOUR / 2));
    assert_eq!(never::<u32>().recv_timeout(HOUR), Err(RecvTimeoutError::Timeout));
}

mod storm {
    //! Senders and receivers of every sort on one channel, one of which is killed at its k-th suspension.

    use super::*;

    struct Message {
        number: usize,
        canary: Canary,
    }

    #[derive(Clone, Default)]
    struct World {
        drops: Drops,
        sent: Rc<RefCell<Vec<usize>>>,
        received: Rc<RefCell<Vec<usize>>>,
    }

    const EACH: usize = 5;

    impl World {
        fn send(&self, sender: &Sender<Message>, number: usize, chooses: bool) {
            let make = || {
                thread::yield_now();
                Message { number, canary: self.drops.canary() }
            };
            let outcome = if chooses {
                coro::select! {
                    send(sender, make()) -> outcome => outcome,
                    recv(never::<()>()) -> _ => unreachable!(),
                }
            } else {
                sender.send(make())
            };
            if outcome.is_ok() {
                self.sent.borrow_mut().push(number);
            }
        }

        fn receive(&self, receiver: &Receiver<Message>, chooses: bool) -> bool {
            let received = if chooses {
                coro::select! {
                    recv(never::<Message>()) -> _ => unreachable!(),
                    recv(receiver) -> message => message,
                }
            } else {
                receiver.recv()
            };
            let Ok(message) = received else { return false };
            message.canary.check();
            self.received.borrow_mut().push(message.number);
            true
        }
    }

    /// Who is killed, and how.
    #[derive(Clone, Copy, Debug)]
    struct Plan {
        capacity: Option<usize>,
        victim: usize,
        k: u32,
        when_parked: bool,
    }

    /// Two senders and two receivers, one of each a choice; the numbers of the senders come first.
    fn play(plan: Plan) {
        let world = World::default();
        let (sender, receiver) = channel(plan.capacity);
        let trap = move |index: usize| {
            if index == plan.victim {
                kill_at_suspension(plan.k, plan.when_parked);
            }
        };
        let threads: Vec<_> = (0..4)
            .map(|index| {
                let (world, chooses) = (world.clone(), index % 2 == 1);
                if index < 2 {
                    let sender = sender.clone();
                    thread::spawn(move || {
                        trap(index);
                        (0..EACH)
                            .for_each(|number| world.send(&sender, index * 100 + number, chooses));
                    })
                } else {
                    let receiver = receiver.clone();
                    thread::spawn(move || {
                        trap(index);
                        while world.receive(&receiver, chooses) {}
                    })
                }
            })
            .collect();
        drop((sender, receiver));
        for (index, thread) in threads.into_iter().enumerate() {
            let outcome = thread.join();
            assert!(outcome.is_ok() || index == plan.victim, "{plan:?}: {outcome:?}");
        }
        check(&world, plan);
    }

    fn check(world: &World, plan: Plan) {
        let (mut sent, mut received) = (world.sent.take(), world.received.take());
        sent.sort_unstable();
        received.sort_unstable();
        assert!(received.is_sorted_by(|one, next| one < next), "{plan:?}: doubled in {received:?}");
        let lost: Vec<_> = sent.iter().filter(|number| !received.contains(number)).collect();
        assert!(lost.is_empty(), "{plan:?}: lost {lost:?}");
        // A send that was killed after its message had gone does not report it, and there is one at most.
        assert!(received.len() <= sent.len() + 1, "{plan:?}: {received:?}, {sent:?}");
        if plan.victim >= 2 {
            assert_eq!(sent.len(), 2 * EACH, "{plan:?}");
        }
        world.drops.expect_none_alive();
    }

    fn play_all(capacity: Option<usize>) {
        for (victim, k) in (0..4).flat_map(|victim| (1..=10).map(move |k| (victim, k))) {
            for when_parked in [false, true] {
                let config = Test::new("storm").start_paused(true).seeds(6).timeout(HOUR);
                config.run(|| play(Plan { capacity, victim, k, when_parked }));
            }
        }
    }

    #[test]
    fn without_room() {
        play_all(Some(0));
    }

    #[test]
    fn with_little_room() {
        play_all(Some(1));
    }

    #[test]
    fn without_a_bound() {
        play_all(None);
    }
}

mod os_threads {
    //! Two loops and two plain OS threads on one channel.

    use super::*;

    const EACH: usize = 300;

    fn send_all(sender: &Sender<usize>, from: usize) {
        for number in 0..EACH {
            let message = from * EACH + number;
            if number % 2 == 0 {
                sender.send(message).unwrap();
            } else {
                coro::select! {
                    recv(never::<()>()) -> _ => unreachable!(),
                    send(sender, message) -> outcome => outcome.unwrap(),
                }
            }
        }
    }

    fn receive_all(receiver: &Receiver<usize>, sum: &Mutex<Vec<usize>>) {
        loop {
            let first = receiver.recv();
            let second = coro::select! {
                recv(receiver) -> message => message,
                wait(MINUTE) => panic!("nobody sends any more"),
            };
            let mut list = sum.lock().unwrap();
            list.extend(first.iter().chain(&second));
            if second.is_err() {
                return;
            }
        }
    }

    fn meet(capacity: Option<usize>) {
        let (sender, receiver) = channel(capacity);
        let received = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for number in 0..4 {
                let (sender, receiver, received) = (sender.clone(), receiver.clone(), &received);
                let in_loop = number % 2 == 0;
                scope.spawn(move || {
                    if in_loop {
                        coro::run(|| {
                            thread::scope(|scope| {
                                scope.spawn(|| receive_all(&receiver, received));
                                send_all(&sender, number);
                                drop(sender);
                            });
                        });
                    } else {
                        std::thread::scope(|scope| {
                            scope.spawn(|| receive_all(&receiver, received));
                            send_all(&sender, number);
                            drop(sender);
                        });
                    }
                });
            }
            drop((sender, receiver));
        });
        let mut received = received.into_inner().unwrap();
        received.sort_unstable();
        assert!(received.into_iter().eq(0..4 * EACH), "{capacity:?}");
    }

    #[test]
    fn without_room() {
        meet(Some(0));
    }

    #[test]
    fn with_room() {
        meet(Some(2));
        meet(None);
    }

    #[test]
    fn a_plain_os_thread_waits_in_time() {
        let (sender, receiver) = bounded(0);
        assert_eq!(receiver.recv_timeout(MILLISECOND), Err(RecvTimeoutError::Timeout));
        assert_eq!(sender.send_timeout(1, MILLISECOND), Err(SendTimeoutError::Timeout(1)));
        assert!(after(MILLISECOND).recv().is_ok());
    }
}
