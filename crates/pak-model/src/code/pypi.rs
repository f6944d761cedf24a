//! Codes of Python package indexes.

super::codes! { "pypi";
    NAME_INVALID = "name_invalid", Findings, "name not allowed by PyPI", "Use letters, digits, dots, hyphens and underscores, beginning and ending with a letter or digit.";
    NAME_RESERVED = "name_reserved", Findings, "name of a standard library module", "Choose another project name; PyPI keeps the names of Python's own modules.";
    VERSION_INVALID = "version_invalid", Findings, "version not allowed by PyPI", "Use a public PEP 440 version such as 1.2.3, 1.2rc1 or 1.2.post1.";
    NO_ARTIFACTS = "no_artifacts", Findings, "nothing to upload", "Build a wheel or a source distribution, or name one as `artifacts` in pak.toml.";
    FILE_NAME = "file_name", Findings, "file name and metadata differ", "Build the file anew; do not rename built files.";
    PLATFORM_TAG = "platform_tag", Findings, "platform tag not accepted", "Repair the wheel (auditwheel, delocate) so that it carries a manylinux, musllinux, macosx or win tag.";
    MEMBER_MISSING = "member_missing", Findings, "archive lacks a required file", "Build the file anew with a current backend.";
    MEMBER_TWICE = "member_twice", Findings, "archive holds a name twice", "Build the file anew: PyPI refuses archives with two members of one name.";
    SDIST_LAYOUT = "sdist_layout", Findings, "source distribution is laid out wrongly", "Build it anew: everything must be in one folder `name-version`.";
    SEVERAL_SDISTS = "several_sdists", Findings, "more than one source distribution", "Publish one source distribution per release.";
    SUMMARY_INVALID = "summary_invalid", Findings, "summary not allowed", "Make `description` in pyproject.toml one line of at most 512 characters.";
    CLASSIFIER_PRIVATE = "classifier_private", Findings, "classifier forbids publishing", "Remove the `Private ::` classifier if this package is really meant for a public index.";
    CLASSIFIER_INVALID = "classifier_invalid", Findings, "classifier not in the list", "Use classifiers of PyPI's list, written `Topic :: Subtopic`.";
    URL_INVALID = "url_invalid", Findings, "project URL not allowed", "Give http or https URLs with labels of at most 32 characters.";
    EMAIL_INVALID = "email_invalid", Findings, "e-mail address not valid", "Correct the address of `authors` or `maintainers`.";
    DIRECT_REFERENCE = "direct_reference", Findings, "dependency given as a URL", "Depend on a published version; PyPI refuses `name @ URL`.";
    LICENSE_CONFLICT = "license_conflict", Findings, "licence given twice", "Keep the licence expression and remove the older licence text and classifiers.";
    LICENSE_FILE_MISSING = "license_file_missing", Findings, "licence file not in the archive", "Include the file, or take it out of `license-files`.";
    DESCRIPTION_TYPE = "description_type", Findings, "description's content type not known", "Use text/markdown, text/x-rst or text/plain.";
    METADATA_VERSION = "metadata_version", Findings, "metadata version not known", "Build with a backend that writes metadata version 2.5 or older.";
    FILE_TOO_LARGE = "file_too_large", Findings, "file larger than PyPI's limit", "Make the file smaller, or ask PyPI for a higher limit.";
    OLD_RELEASE = "old_release", Findings, "release too old for new files", "PyPI takes new files for 14 days after a release; publish a new version.";
    IDENTITY_REFUSED = "identity_refused", Credentials, "CI identity not accepted", "Check the trusted publisher's settings of the project: repository, workflow and environment must match.";
}
