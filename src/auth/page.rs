//! The two pages that the browser shows at the end of a sign-in. Static: nothing that was sent is shown again.

/// The sign-in came back with a code.
pub(super) const ARRIVED: &str = concat!(
    include_str!("page/head.html"),
    "<h1>You are signed in</h1><p>cspctl has what it needs and goes on in the terminal.</p><p>You may close this window.</p>",
    include_str!("page/foot.html")
);

/// The sign-in came back with a refusal.
pub(super) const REFUSED: &str = concat!(
    include_str!("page/head.html"),
    "<h1>Not signed in</h1><p>The sign-in was refused or cancelled. Nothing was stored and nothing was changed.</p>",
    "<p>The terminal says why. Run the command there again to have another go.</p>",
    include_str!("page/foot.html")
);

/// Everything else that knocks at this port.
pub(super) const ELSEWHERE: &str = concat!(
    include_str!("page/head.html"),
    "<h1>Nothing here</h1><p>cspctl waits here for the end of a sign-in only. Go on in the window where you sign in.</p>",
    include_str!("page/foot.html")
);
