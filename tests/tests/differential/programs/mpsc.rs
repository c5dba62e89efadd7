//! Channels of std's shape.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::sys::sync::mpsc::{
    self, RecvTimeoutError, SendError, TryRecvError, TrySendError,
};
use super::sys::thread;

programs! {
    in_order,
    many_senders,
    nobody_sends,
    nobody_receives,
    try_recv,
    recv_timeout,
    iterators,
    into_iter,
    a_full_channel,
    a_sender_waits_for_room,
    a_rendezvous,
    a_rendezvous_tried,
    a_rendezvous_that_fails,
    a_wait_that_the_last_sender_ends,
    a_wait_that_the_receiver_ends,
    what_is_left_is_dropped,
    channels_through_channels,
    in_words,
}

const LONG: Duration = Duration::from_secs(60);

fn in_order(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    let sending = thread::spawn(move || {
        for n in 0..20 {
            sender.send(n).unwrap();
        }
    });
    note!(log, "{:?}", receiver.iter().collect::<Vec<_>>());
    sending.join().unwrap();
}

fn many_senders(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(3);
    for id in 0..4 {
        let sender = sender.clone();
        thread::spawn(move || (0..50).for_each(|n| sender.send((id, n)).unwrap()));
    }
    drop(sender);
    let mut next = [0; 4];
    for (id, n) in receiver {
        assert_eq!(next[id], n, "the order of one sender");
        next[id] += 1;
    }
    note!(log, "{next:?}");
}

fn nobody_sends(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    sender.send(1).unwrap();
    drop(sender);
    note!(log, "{:?}", receiver.recv());
    let error = receiver.recv().unwrap_err();
    note!(log, "{error} {error:?}");
    note!(log, "{:?} {:?}", TryRecvError::from(error), RecvTimeoutError::from(error));
}

fn nobody_receives(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    drop(receiver);
    let error: SendError<u8> = sender.send(5).unwrap_err();
    note!(log, "{error} {error:?} {}", error.0);
    note!(log, "{:?}", TrySendError::from(error));
}

fn try_recv(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    let error = receiver.try_recv().unwrap_err();
    note!(log, "{error} {error:?}");
    sender.send(1).unwrap();
    drop(sender);
    note!(log, "{:?}", receiver.try_recv());
    let error = receiver.try_recv().unwrap_err();
    note!(log, "{error} {error:?}");
}

fn recv_timeout(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    let error = receiver.recv_timeout(Duration::from_millis(1)).unwrap_err();
    note!(log, "{error} {error:?}");
    let sending = thread::spawn(move || sender.send(2).unwrap());
    note!(log, "{:?}", receiver.recv_timeout(LONG));
    sending.join().unwrap();
    let error = receiver.recv_timeout(LONG).unwrap_err();
    note!(log, "{error} {error:?} {:?}", receiver.recv_timeout(Duration::ZERO));
}

fn iterators(log: &mut String) {
    let (sender, receiver) = mpsc::channel();
    (0..4).for_each(|n| sender.send(n).unwrap());
    note!(log, "{:?}", receiver.iter().take(2).collect::<Vec<_>>());
    note!(log, "{:?}", receiver.try_iter().collect::<Vec<_>>());
    note!(log, "{:?}", receiver.try_iter().next());
    sender.send(9).unwrap();
    drop(sender);
    for n in &receiver {
        note!(log, "{n}");
    }
    note!(log, "{:?} {:?}", receiver.try_iter().next(), receiver.iter().next());
}

fn into_iter(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(2);
    let sending = thread::spawn(move || (0..5).map(|n| sender.send(n)).collect::<Vec<_>>());
    let mut numbers = receiver.into_iter();
    note!(log, "{:?} {:?}", numbers.next(), numbers.next());
    note!(log, "{:?}", numbers.collect::<Vec<_>>());
    note!(log, "{:?}", sending.join().unwrap());
}

fn a_full_channel(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(1);
    note!(log, "{:?}", sender.try_send(1));
    let error = sender.try_send(2).unwrap_err();
    note!(log, "{error} {error:?}");
    note!(log, "{:?} {:?}", receiver.recv(), sender.try_send(3));
    drop(receiver);
    let error = sender.try_send(4).unwrap_err();
    note!(log, "{error} {error:?} {:?}", sender.send(5));
}

fn a_sender_waits_for_room(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(2);
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = thread::spawn({
        let sent = sent.clone();
        move || {
            for n in 0..10 {
                sender.send(n).unwrap();
                sent.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    for n in 0..10 {
        assert_eq!(receiver.recv(), Ok(n));
        // Two in the channel, and the one whose sender has not counted it yet.
        assert!(sent.load(Ordering::SeqCst) <= n + 3, "more were sent than there is room for");
    }
    sending.join().unwrap();
    note!(log, "{} {:?}", sent.load(Ordering::SeqCst), receiver.recv());
}

fn a_rendezvous(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(0);
    let taken = Arc::new(AtomicUsize::new(0));
    let sending = thread::spawn({
        let taken = taken.clone();
        move || {
            for n in 1..=5 {
                sender.send(n).unwrap();
                assert!(taken.load(Ordering::SeqCst) + 1 >= n, "a send ends when it is taken");
            }
        }
    });
    for _ in 0..5 {
        note!(log, "{:?}", receiver.recv());
        taken.fetch_add(1, Ordering::SeqCst);
    }
    sending.join().unwrap();
}

fn a_rendezvous_tried(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(0);
    note!(log, "{:?} {:?}", sender.try_send(1), receiver.try_recv());
    let receiving = thread::spawn(move || receiver.recv());
    let mut value = 2;
    while let Err(TrySendError::Full(refused)) = sender.try_send(value) {
        value = refused;
        thread::yield_now();
    }
    note!(log, "{:?} {:?}", receiving.join().unwrap(), sender.try_send(3));
}

fn a_rendezvous_that_fails(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(0);
    let sending = thread::spawn(move || sender.send(String::from("back again")));
    drop(receiver);
    note!(log, "{:?}", sending.join().unwrap());
}

fn a_wait_that_the_last_sender_ends(log: &mut String) {
    let (sender, receiver) = mpsc::channel::<u8>();
    let other = sender.clone();
    let receiving = thread::spawn(move || receiver.recv());
    drop(sender);
    thread::yield_now();
    drop(other);
    note!(log, "{:?}", receiving.join().unwrap());
}

fn a_wait_that_the_receiver_ends(log: &mut String) {
    let (sender, receiver) = mpsc::sync_channel(1);
    sender.send(1).unwrap();
    let sending = thread::spawn(move || sender.send(2));
    thread::yield_now();
    drop(receiver);
    note!(log, "{:?}", sending.join().unwrap());
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn what_is_left_is_dropped(log: &mut String) {
    let drops = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = mpsc::channel();
    for _ in 0..3 {
        assert!(sender.send(Counted(drops.clone())).is_ok());
    }
    drop(receiver.recv());
    note!(log, "{}", drops.load(Ordering::SeqCst));
    drop(receiver);
    note!(log, "{}", drops.load(Ordering::SeqCst));
    drop(sender.send(Counted(drops.clone())));
    note!(log, "{}", drops.load(Ordering::SeqCst));
}

fn channels_through_channels(log: &mut String) {
    let (requests, inbox) = mpsc::channel::<(u32, mpsc::Sender<u32>)>();
    let server = thread::spawn(move || {
        for (n, answer) in inbox {
            answer.send(n * n).unwrap();
        }
    });
    for n in 1..4 {
        let (answer, answers) = mpsc::channel();
        requests.send((n, answer)).unwrap();
        note!(log, "{:?} {:?}", answers.recv(), answers.recv());
    }
    drop(requests);
    server.join().unwrap();
}

fn in_words(log: &mut String) {
    let (sender, receiver) = mpsc::channel::<Counted>();
    let (sync_sender, _receiver) = mpsc::sync_channel::<Counted>(0);
    note!(log, "{sender:?} {receiver:?} {sync_sender:?}");
    note!(log, "{:?}", TrySendError::Full(3));
}
