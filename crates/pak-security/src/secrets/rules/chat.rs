//! Chat, mail and telephony.

use super::super::checks;
use super::{Assigned, Severity::Medium, Token, assigned, token};

pub(super) const TOKENS: &[Token] = &[
    token("slack-token", "Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxd-"],
        r"xox[abcdoprs]-(?:\d-)?[0-9A-Za-z%/+-]{10,250}").entropy(2.8),
    token("slack-app-token", "Slack app token", &["xapp-"], r"(?i)xapp-\d-[0-9A-Z]+-\d+-[0-9a-z]{20,80}"),
    token("slack-configuration-token", "Slack configuration token", &["xoxe-", "xoxe."], r"(?i)xoxe(?:\.xox[bp])?-\d-[0-9A-Z]{140,170}"),
    token("slack-webhook", "Slack webhook URL", &["hooks.slack.com/"],
        r"(?:https?://)?hooks\.slack\.com/(?:services/T[0-9A-Z]{6,12}/B[0-9A-Z]{6,12}/[0-9A-Za-z]{20,28}|(?:workflows|triggers|services)/[0-9A-Za-z+/]{40,60})")
        .inside(8).weighs(Medium),
    token("discord-webhook", "Discord webhook URL", &["/api/webhooks/"],
        r"https?://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,72}").inside(40).weighs(Medium),
    token("teams-webhook", "Microsoft Teams webhook URL", &["webhook.office.com/"],
        r"https://[0-9a-z-]+\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}\w*")
        .inside(60).weighs(Medium),
    token("telegram-bot-token", "Telegram bot token", &[":aa"], r"\d{8,10}:AA[\w-]{32,33}").inside(10).entropy(3.5),
    token("twilio-api-key", "Twilio API key", &["sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske", "skf"], r"SK[0-9a-f]{32}").entropy(3.0),
    token("sendgrid-api-key", "SendGrid API key", &["sg."], r"SG\.[\w-]{22}\.[\w-]{43}"),
    token("mailgun-key", "Mailgun API key", &["key-"], r"key-[0-9a-f]{32}").entropy(3.0),
    token("mailgun-signing-key", "Mailgun key", &["mailgun"],
        r"(?i:mailgun)[\w.-]{0,20}['\x22]?[ \t:=>]{1,4}['\x22]?([0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})"),
    token("mailchimp-api-key", "Mailchimp API key", &["-us"], r"[0-9a-f]{32}-us\d{1,2}").inside(32).entropy(3.0),
    token("brevo-api-key", "Brevo API key", &["xkeysib-", "xsmtpsib-"], r"x(?:key|smtp)sib-[0-9a-f]{64}-[0-9A-Za-z]{16}"),
    token("resend-api-key", "Resend API key", &["re_"], r"re_[1-9A-HJ-NP-Za-km-z]{8}_[1-9A-HJ-NP-Za-km-z]{24}").entropy(3.5),
    token("mailersend-token", "MailerSend token", &["mlsn."], r"mlsn\.[0-9A-Za-z]{30,100}"),
    token("mandrill-api-key", "Mandrill API key", &["md-"], r"md-[0-9A-Za-z_-]{22}").checked(checks::mixed).entropy(3.8),
    token("loops-api-key", "Loops API key", &["loops_"], r"loops_[0-9a-f]{32}"),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("twilio-auth-token", "Twilio auth token", &["twilio", "account_sid"], r"[0-9a-f]{32}"),
    assigned(
        "discord-secret",
        "Discord token or client secret",
        &["discord"],
        r"[0-9a-f]{64}|[\w-]{32}|[\w-]{24,28}\.[\w-]{6}\.[\w-]{27,38}",
    )
    .checked(checks::mixed),
    assigned("telegram-bot-token", "Telegram bot token", &["telegram", "tg_", "bot_token"], r"\d{5,16}:A[\w-]{34}"),
    assigned("mailgun-key", "Mailgun API key", &["mailgun"], r"[0-9a-f]{32}|[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}"),
    assigned("mailjet-key", "Mailjet key", &["mailjet", "mj_"], r"[0-9a-f]{32}"),
    assigned("postmark-token", "Postmark server token", &["postmark"], r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    assigned("sendbird-token", "Sendbird token", &["sendbird"], r"[0-9a-f]{40}"),
    assigned("pusher-secret", "Pusher secret", &["pusher"], r"[0-9a-f]{20}"),
    assigned("vonage-secret", "Vonage secret", &["nexmo", "vonage"], r"[0-9A-Za-z]{16}").checked(checks::mixed),
    assigned("messagebird-key", "MessageBird key", &["messagebird"], r"[0-9A-Za-z]{25}").checked(checks::mixed),
    assigned("zendesk-token", "Zendesk token", &["zendesk"], r"[0-9A-Za-z]{40}"),
    assigned("intercom-token", "Intercom token", &["intercom"], r"[\w=-]{60}"),
];
