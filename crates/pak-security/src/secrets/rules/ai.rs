//! Language models and their tools.

use super::super::checks;
use super::{Assigned, Token, assigned, token};

pub(super) const TOKENS: &[Token] = &[
    token("anthropic-api-key", "Anthropic API key", &["sk-ant-"], r"sk-ant-[a-z]{3,8}\d\d-[\w-]{80,120}"),
    token("openai-api-key", "OpenAI API key", &["t3blbkfj"], r"sk-(?:[a-z]{4,8}-)?[\w-]{16,120}T3BlbkFJ[\w-]{16,120}")
        .inside(140),
    token(
        "openai-project-key",
        "OpenAI API key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-"],
        r"sk-(?:proj|svcacct|admin|None)-[\w-]{40,200}",
    )
    .entropy(3.5),
    token("openrouter-api-key", "OpenRouter API key", &["sk-or-v1-"], r"sk-or-v1-[0-9a-f]{64}"),
    token(
        "langfuse-secret-key",
        "Langfuse secret key",
        &["sk-lf-"],
        r"sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    token(
        "hugging-face-token",
        "Hugging Face token",
        &["hf_", "api_org_"],
        r"(?:hf|api_org)_[A-Za-z]{34}|hf_[0-9A-Za-z]{30,40}",
    )
    .entropy(3.5),
    token("replicate-token", "Replicate token", &["r8_"], r"r8_[0-9A-Za-z]{37}"),
    token("groq-api-key", "Groq API key", &["gsk_"], r"gsk_[0-9A-Za-z]{40,60}"),
    token("perplexity-api-key", "Perplexity API key", &["pplx-"], r"pplx-[0-9A-Za-z]{40,64}"),
    token("xai-api-key", "xAI API key", &["xai-"], r"xai-[0-9A-Za-z]{70,120}"),
    token("nvidia-api-key", "NVIDIA API key", &["nvapi-"], r"nvapi-[\w-]{60,70}"),
    token("together-api-key", "Together AI API key", &["tgp_v1_"], r"tgp_v1_[\w-]{43}"),
    token("cerebras-api-key", "Cerebras API key", &["csk-"], r"csk-[0-9a-z]{48}"),
    token(
        "langsmith-api-key",
        "LangSmith API key",
        &["lsv2_", "ls__"],
        r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|ls__[0-9a-f]{32}",
    ),
    token("pinecone-api-key", "Pinecone API key", &["pcsk_"], r"pcsk_[0-9A-Za-z]{5,6}_[0-9A-Za-z]{63}"),
    token("llama-cloud-api-key", "LlamaCloud API key", &["llx-"], r"llx-[0-9A-Za-z]{44,52}"),
    token("wandb-api-key", "Weights & Biases API key", &["wandb_v1_"], r"wandb_v1_\w{77}"),
    token("elevenlabs-api-key", "ElevenLabs API key", &["sk_"], r"sk_[0-9a-f]{48}"),
    token("fireworks-api-key", "Fireworks API key", &["fw_"], r"fw_[0-9A-Za-z]{22,28}")
        .checked(checks::mixed)
        .entropy(3.5),
    token("tavily-api-key", "Tavily API key", &["tvly-"], r"tvly-(?:dev-|prod-)?[0-9A-Za-z]{32}"),
    token("firecrawl-api-key", "Firecrawl API key", &["fc-"], r"fc-[0-9a-f]{32}"),
    token("runpod-api-key", "RunPod API key", &["rpa_"], r"rpa_[0-9A-Z]{40}[0-9A-Za-z]{6}"),
    token("e2b-api-key", "E2B API key", &["e2b_"], r"e2b_[0-9a-f]{40}"),
    token("modal-token", "Modal token", &["as-", "ak-"], r"a[ks]-[0-9A-Za-z]{22}").checked(checks::mixed).entropy(3.6),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned(
        "openai-api-key",
        "OpenAI or compatible API key",
        &["openai", "deepseek", "stability", "moonshot", "kimi"],
        r"sk-[\w-]{32,}",
    )
    .checked(checks::mixed),
    assigned("azure-openai-key", "Azure OpenAI key", &["azure", "openai"], r"[0-9a-f]{32}"),
    assigned("cohere-api-key", "Cohere API key", &["cohere", "co_api"], r"[0-9A-Za-z]{40}"),
    assigned("mistral-api-key", "Mistral API key", &["mistral"], r"[0-9A-Za-z]{32}"),
    assigned("ai21-api-key", "AI21 API key", &["ai21", "assemblyai", "deepgram"], r"[0-9A-Za-z]{32,40}"),
    assigned("wandb-api-key", "Weights & Biases API key", &["wandb"], r"[0-9a-f]{40}"),
    assigned("pinecone-api-key", "Pinecone API key", &["pinecone"], r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    assigned("voyage-api-key", "Voyage AI API key", &["voyage"], r"(?:pa|al)-[\w-]{43}"),
];
