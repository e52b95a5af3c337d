//! `geo-types` has the shapes of geography: points, lines, triangles, polygons. Its `CoordNum` and `CoordFloat` are all numbers
//! with `num_traits`' `Num`, `NumCast` and `Float`, and `PartialOrd` and `Debug`.
//!
//! The tests differentiate what the shapes compute of themselves. Algorithms on them are in the crate `geo`, which asks for a
//! kernel that it implements for types of its own choice, and is not tried here.

use geo_types::{CoordFloat, CoordNum, Line, Point, Rect, coord};
use wengert::{Var, forward, gradient};
use wengert_ecosystem::{assert_near, assert_rows_near};

/// `(b − a) × (c − a)`, twice the signed area of a triangle.
fn twice_the_area<T: CoordNum>([ax, ay, bx, by, cx, cy]: [T; 6]) -> T {
    Point::new(ax, ay).cross_prod(Point::new(bx, by), Point::new(cx, cy))
}

#[test]
fn the_area_of_a_triangle_by_its_corners() {
    let at @ [ax, ay, bx, by, cx, cy] = [0.5, -1.0, 3.0, 0.25, 1.0, 2.0];
    let wanted = [by - cy, cx - bx, cy - ay, ax - cx, ay - by, bx - ax];
    let (value, slopes) = gradient(&at, twice_the_area::<Var>).unwrap();
    assert_near(value, 2.5 * 3.0 - 1.25 * 0.5, 1e-14);
    assert_rows_near(&[slopes], &[wanted], 1e-14);
    assert_rows_near(&[forward::gradient(&at, twice_the_area).unwrap().1], &[wanted], 1e-14);
}

/// A line's slope plus its determinant.
fn of_line<T: CoordNum>([ax, ay, bx, by]: [T; 4]) -> T {
    let line = Line::new(coord! { x: ax, y: ay }, coord! { x: bx, y: by });
    line.slope() + line.determinant()
}

#[test]
fn the_slope_and_the_determinant_of_a_line() {
    let at @ [ax, ay, bx, by] = [0.5, -1.0, 3.0, 0.25];
    let (dx, dy) = (bx - ax, by - ay);
    let wanted = [dy / (dx * dx) + by, -1.0 / dx - bx, -dy / (dx * dx) - ay, 1.0 / dx + ax];
    let (value, slopes) = gradient(&at, of_line::<Var>).unwrap();
    assert_near(value, dy / dx + ax * by - ay * bx, 1e-14);
    assert_rows_near(&[slopes], &[wanted], 1e-14);
    assert_rows_near(&[forward::gradient(&at, of_line).unwrap().1], &[wanted], 1e-14);
}

/// The product of the coordinates of a rectangle's centre. Its corners are put in order by comparisons.
fn of_rectangle<T: CoordFloat>([ax, ay, bx, by]: [T; 4]) -> T {
    let rectangle = Rect::new((ax, ay), (bx, by));
    let centre = rectangle.center();
    centre.x * centre.y + rectangle.width() * rectangle.height()
}

#[test]
fn a_rectangle_whose_corners_are_in_any_order() {
    for at @ [ax, ay, bx, by] in [[0.5, -1.0, 3.0, 0.25], [3.0, -1.0, 0.5, 0.25]] {
        let (cx, cy) = (f64::midpoint(ax, bx), f64::midpoint(ay, by));
        let (width, height): (f64, f64) = ((bx - ax).abs(), (by - ay).abs());
        let (right, up) = ((bx - ax).signum(), (by - ay).signum());
        let wanted = [
            cy / 2.0 - right * height,
            cx / 2.0 - up * width,
            cy / 2.0 + right * height,
            cx / 2.0 + up * width,
        ];
        let (value, slopes) = gradient(&at, of_rectangle::<Var>).unwrap();
        assert_near(value, cx * cy + width * height, 1e-14);
        assert_rows_near(&[slopes], &[wanted], 1e-14);
        assert_rows_near(&[forward::gradient(&at, of_rectangle).unwrap().1], &[wanted], 1e-14);
    }
}

/// Degrees and radians of a point, which are `Float`'s methods.
fn turned<T: CoordFloat>([x, y]: [T; 2]) -> T {
    let p = Point::new(x, y).to_radians();
    p.x().sin() * p.y()
}

#[test]
fn degrees_become_radians() {
    let at @ [x, y] = [30.0_f64, 60.0];
    let unit = 1.0_f64.to_radians();
    let wanted = [x.to_radians().cos() * unit * y.to_radians(), 0.5 * unit];
    let (_, slopes) = gradient(&at, turned::<Var>).unwrap();
    assert_rows_near(&[slopes], &[wanted], 1e-14);
    assert_rows_near(&[forward::gradient(&at, turned).unwrap().1], &[wanted], 1e-14);
}
