//! Projects and deployments as the contract shows them.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use pak_server::access::Role;
use serde_json::json;

use crate::server::Server;

#[tokio::test]
async fn projects_have_the_promised_shapes() {
    let server = Server::start().await;
    let owner = server.person("owner@example.org", "user").await;
    let git = json!({ "kind": "git", "url": "https://git.example.org/my-package.git" });
    let new = json!({ "name": "my-package", "description": "My awesome package", "source": git });
    let (status, made) = server.post(&owner, "/projects", new.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(server.post(&owner, "/projects", new).await.0, StatusCode::CONFLICT);
    let (_, list) = server.get(&owner, "/projects").await;
    assert_json_snapshot!(list, @r#"
    {
      "projects": [
        {
          "id": 1,
          "name": "my-package",
          "description": "My awesome package",
          "status": "active",
          "created_at": "2026-01-01T00:00:00Z"
        }
      ]
    }
    "#);
    let wish = json!({ "environment": "production", "version": "1.2.3" });
    let (status, asked) = server.post(&owner, "/deploy/my-package", wish).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_json_snapshot!(asked, @r#"
    {
      "success": true,
      "deployment_id": "deploy_1",
      "status": "pending"
    }
    "#);
    let (_, shown) = server.get(&owner, "/projects/my-package").await;
    assert_json_snapshot!(shown["project"]["deployments"], @r#"
    [
      {
        "id": 1,
        "environment": "production",
        "status": "pending",
        "version": "1.2.3",
        "created_at": "2026-01-01T00:00:00Z"
      }
    ]
    "#);
    let (status, stopped) = server.post(&owner, "/deployments/deploy_1/cancel", json!({})).await;
    assert_eq!((status, &stopped["status"]), (StatusCode::ACCEPTED, &json!("cancelled")));
    assert_eq!(server.post(&owner, "/deployments/1/cancel", json!({})).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_project_of_others_does_not_exist() {
    let server = Server::start().await;
    let owner = server.person("owner@example.org", "user").await;
    let viewer = server.person("viewer@example.org", "user").await;
    let stranger = server.person("stranger@example.org", "user").await;
    let git = json!({ "kind": "git", "url": "https://git.example.org/p.git" });
    let (_, made) = server.post(&owner, "/projects", json!({ "name": "p", "source": git })).await;
    server.join(made["project"]["id"].as_i64().unwrap(), &viewer, Role::Viewer).await;
    assert_eq!(server.call(None, Method::GET, "/projects/p", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.get(&stranger, "/projects/p").await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.get(&viewer, "/projects/p").await.0, StatusCode::OK);
    assert_eq!(server.post(&viewer, "/deploy/p", json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(server.post(&stranger, "/deploy/p", json!({})).await.0, StatusCode::NOT_FOUND);
    let (_, list) = server.get(&stranger, "/projects").await;
    assert_eq!(list, json!({ "projects": [] }));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_clearly() {
    let server = Server::start().await;
    let owner = server.person("owner@example.org", "user").await;
    for (body, expected) in [
        (json!({ "name": "../etc" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "name": "p", "unknown": 1 }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "name": "p", "config_path": "../x" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!([]), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, answer) = server.post(&owner, "/projects", body.clone()).await;
        assert_eq!(status, expected, "{body}: {answer}");
        assert_eq!(answer["success"], false);
        assert!(answer["code"].as_str().unwrap().starts_with("pak::server::"));
    }
    assert_eq!(server.get(&owner, "/nowhere").await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.call(Some(&owner), Method::DELETE, "/projects", None).await.0, StatusCode::METHOD_NOT_ALLOWED);
}
