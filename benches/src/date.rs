//! The date, for records.

use std::time::{SystemTime, UNIX_EPOCH};

/// Today in UTC, as `2026-11-23`.
#[must_use]
pub fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    of_day(since.as_secs() / 86_400)
}

/// The date of a day since 1 January 1970, which was day 0.
fn of_day(day: u64) -> String {
    // Years begin in March here, so that the leap day is the last: it moves nothing behind it. An era of 400
    // years has 146,097 days, and day 0 is day 719,468 after 1 March of year 0.
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March on have 31, 30, 31, 30, 31 days, over and over.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) =
        if month < 10 { (400 * era + year, month + 3) } else { (400 * era + year + 1, month - 9) };
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::of_day;

    #[test]
    fn of_some_days() {
        let dates =
            [(0, "1970-01-01"), (11_016, "2000-02-29"), (20_454, "2026-01-01"), (20_780, "2026-11-23")];
        for (day, date) in dates {
            assert_eq!(of_day(day), date);
        }
    }
}
