//! Channels with one receiver, shaped after std's.

use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use coro::sync::mpsc;
use coro::thread;

use crate::support::{HOUR, watch};

#[coro::test(seeds = 100)]
fn each_message_arrives_once_and_in_its_senders_order() {
    for bound in [0, 1, 5] {
        let (sender, receiver) = mpsc::sync_channel(bound);
        for from in 0..3 {
            let sender = sender.clone();
            thread::spawn(move || (0..7).for_each(|number| sender.send((from, number)).unwrap()));
        }
        drop(sender);
        let all: Vec<(u32, u32)> = receiver.into_iter().collect();
        assert_eq!(all.len(), 21);
        for from in 0..3 {
            let numbers = all.iter().filter(|message| message.0 == from).map(|message| message.1);
            assert!(numbers.eq(0..7), "{all:?}");
        }
    }
}

#[coro::test(start_paused)]
fn the_errors_are_those_of_std() {
    let (sender, receiver) = mpsc::channel();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(receiver.recv_timeout(HOUR), Err(RecvTimeoutError::Timeout));
    sender.send(1).unwrap();
    drop(sender);
    assert!(receiver.try_iter().eq([1]));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(receiver.recv(), Err(RecvError));
    assert_eq!(receiver.recv_timeout(HOUR), Err(RecvTimeoutError::Disconnected));

    let (sender, receiver) = mpsc::sync_channel(1);
    sender.try_send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    drop(receiver);
    assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    assert_eq!(sender.send(4), Err(SendError(4)));
}

#[coro::test]
fn without_room_a_send_waits_for_its_receiver() {
    let (sender, receiver) = mpsc::sync_channel(0);
    let meeting = thread::Builder::new().name("meeting".into());
    let meeting = meeting.spawn(move || sender.send("hand to hand").unwrap()).unwrap();
    watch::until_parked("meeting", "room in a channel");
    assert_eq!(receiver.recv(), Ok("hand to hand"));
    meeting.join().unwrap();
}

#[test]
fn loops_and_os_threads_send_to_one_receiver() {
    const EACH: usize = 500;
    let (sender, receiver) = mpsc::sync_channel(2);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let sender = sender.clone();
            let send = move || {
                (0..EACH).for_each(|message| sender.send(number * EACH + message).unwrap());
            };
            scope.spawn(move || if number % 2 == 0 { coro::run(send) } else { send() });
        }
        drop(sender);
        let mut all: Vec<usize> = coro::run(|| receiver.iter().collect());
        all.sort_unstable();
        assert!(all.into_iter().eq(0..4 * EACH));
    });
}
