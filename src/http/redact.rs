//! What every capture of answers takes out, whichever service gave them.

/// Keys whose values are secret, as letters.
const SECRET: [&str; 12] = [
    "accesskey",
    "accesstoken",
    "token",
    "password",
    "secret",
    "authorization",
    "apikey",
    "accountcode",
    "refreshtoken",
    "idtoken",
    "clientsecret",
    "continuationtoken",
];

/// A key's letters and digits, in lower case: names differ in case and punctuation.
#[must_use]
pub fn letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}

/// True for a key whose value is never kept.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    SECRET.contains(&letters(key).as_str())
}

/// A text with every mail address, sign-in name and `onmicrosoft.com` domain replaced.
#[must_use]
pub fn without_mail(text: &str) -> String {
    let is_mail = |word: &str| word.contains('@') && word.contains('.') || word.to_lowercase().contains(".onmicrosoft.com");
    if !text.split_whitespace().any(is_mail) {
        return text.to_owned();
    }
    text.split(' ').map(|word| if is_mail(word) { "[mail]" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_any_spelling_and_mail_goes() {
        assert!(is_secret("Access_Token") && is_secret("continuationToken") && !is_secret("tokenType"));
        assert_eq!(without_mail("ask kiri@adatum.example or adatum.onmicrosoft.com  now"), "ask [mail] or [mail]  now");
    }
}
