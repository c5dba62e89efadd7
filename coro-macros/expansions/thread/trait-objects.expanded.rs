//! A trait of such functions can be behind a `dyn`, and other traits can be among the parameters.
use std::fmt::{Debug, Display};
trait Shape: Debug {
    fn area<'_self>(&'_self self) -> ::coro::thread::Routine<'_self, f64>;
    fn describe<'coro, '_to: 'coro>(
        self: Box<Self>,
        to: &'_to mut dyn FnMut(&str),
    ) -> ::coro::thread::Routine<'coro, ()>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"describe",
            move || -> () {
                let _ = &self;
                to(&format!("{self:?}"));
            },
        )
    }
}
#[derive(Debug)]
struct Square(f64);
impl Shape for Square {
    fn area<'_self>(&'_self self) -> ::coro::thread::Routine<'_self, f64> {
        ::coro::__private::routine(&"area", move || -> f64 { self.0 * self.0 })
    }
}
fn total<'_unit>(
    shapes: Vec<Box<dyn Shape>>,
    unit: &'_unit dyn Display,
) -> ::coro::thread::Routine<'_unit, String> {
    ::coro::__private::routine(
        &"total",
        move || -> String {
            let shapes = shapes;
            {
                let total: f64 = shapes.iter().map(|shape| shape.area().call()).sum();
                format!("{total} {unit}")
            }
        },
    )
}
