//! `multipart/form-data` bodies whose files stay on disk. Called by drivers of registries that take uploads as forms.

use pak_http::Body;

/// A form on its way to becoming a body.
#[derive(Debug)]
pub struct MultipartForm {
    boundary: String,
    body: Body,
}

impl MultipartForm {
    /// Begins a form. `seed` goes into the boundary, which must not occur in the content: a digest of the content will not.
    pub fn new(seed: &str) -> Self {
        let letters: String = seed.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        Self { boundary: format!("pak-form-{letters}"), body: Body::empty() }
    }

    /// Adds a text field.
    pub fn text(mut self, name: &str, value: &str) -> Self {
        let head = format!("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n", self.boundary, escaped(name));
        self.body = self.body.and_bytes(head + value + "\r\n");
        self
    }

    /// Adds a file.
    pub fn file(mut self, name: &str, file_name: &str, media_type: &str, content: impl Into<Body>) -> Self {
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {media_type}\r\n\r\n",
            self.boundary,
            escaped(name),
            escaped(file_name),
        );
        self.body = self.body.and_bytes(head).and_body(content.into()).and_bytes("\r\n");
        self
    }

    /// The `Content-Type` of the request.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body.
    pub fn finish(self) -> Body {
        self.body.and_bytes(format!("--{}--\r\n", self.boundary))
    }
}

/// Names inside quotes, escaped as browsers do it.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_a_known_length_and_no_way_out_of_its_quotes() {
        let form = MultipartForm::new("sha256:ab").text("a", "b").file(
            "f",
            "x\"\r\n.gz",
            "application/octet-stream",
            Body::bytes("123"),
        );
        assert_eq!(form.content_type(), "multipart/form-data; boundary=pak-form-sha256ab");
        let expected = "--pak-form-sha256ab\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n\
             --pak-form-sha256ab\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x%22%0D%0A.gz\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n123\r\n--pak-form-sha256ab--\r\n";
        assert_eq!(form.finish().len(), expected.len() as u64);
    }
}
