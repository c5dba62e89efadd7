struct Point(u8, u8);

impl Point {
    #[coro::thread]
    fn add(mut self, Point(x, y): Point, (mut times, _): (u8, String), [first, ..]: [u8; 2]) -> u8 {
        while times > 0 {
            self.0 += x;
            self.1 += y;
            times -= 1;
        }
        self.0 + self.1 + first
    }

    #[coro::thread]
    fn scale(&mut self, mut by: u8, _: u8, &(more, _): &(u8, u8)) {
        by += more;
        self.0 *= by;
    }
}

#[coro::main]
fn main() {
    let mut point = Point(1, 2);
    point.scale(1, 9, &(2, 3)).call();
    assert_eq!(point.add(Point(1, 1), (2, String::new()), [5, 6]).spawn().join().unwrap(), 14);
}
