// Made by `npm run generate` from the zod schemas of src/http.
export const openapiDocument = {
  "openapi": "3.1.0",
  "info": {
    "title": "crm-api",
    "version": "0.1.0",
    "description": "Sends a message to a CRM contact over SMS, email, WhatsApp, Facebook or Instagram, word for word or written by an AI agent.",
    "license": {
      "name": "MIT",
      "identifier": "MIT"
    }
  },
  "security": [
    {
      "apiKey": []
    }
  ],
  "paths": {
    "/send-message": {
      "post": {
        "operationId": "sendMessage",
        "summary": "Send a message to a contact",
        "parameters": [
          {
            "name": "idempotency-key",
            "in": "header",
            "required": false,
            "schema": {
              "description": "Repeats with the same key never send twice.",
              "type": "string",
              "pattern": "^[\\x20-\\x7e]{1,255}$"
            }
          },
          {
            "name": "prefer",
            "in": "header",
            "required": false,
            "schema": {
              "description": "`respond-async`: answer 202 once the message is stored, and send it after that.",
              "type": "string"
            }
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/SendMessage"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The provider accepted the message.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/SentMessage"
                }
              }
            }
          },
          "202": {
            "description": "With `Prefer: respond-async`: the message is stored and sent after this answer. `Location` says where to ask.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/QueuedMessage"
                }
              }
            }
          },
          "400": {
            "description": "`invalid_request`: The request is not JSON, or a field or header is missing or wrong.\n\n`content_too_long`: The text is longer than the channel takes. Nothing was sent.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "401": {
            "description": "`invalid_api_key`: The API key is missing, unknown, expired or revoked.\n\n`invalid_signature`: The webhook is not signed with the secret of this connection, or it is too old. Nothing was stored.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "404": {
            "description": "`conversation_not_found`: There is no such conversation in the sub-account of this API key.\n\n`agent_not_found`: There is no active agent with this id in the sub-account of this API key.\n\n`not_found`: There is nothing at this path, or no such message in the sub-account of this API key.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "409": {
            "description": "`send_in_progress`: A request with the same idempotency key is still being worked on.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "413": {
            "description": "`payload_too_large`: The body is larger than 256 KiB.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "422": {
            "description": "`idempotency_key_reused`: This idempotency key was used for another request.\n\n`channel_not_connected`: The sub-account has no active sender on this channel. Nothing was sent.\n\n`recipient_unreachable`: The contact has no address on this channel. Nothing was sent.\n\n`recipient_opted_out`: The contact has opted out on this channel. Nothing was sent.\n\n`messaging_window_closed`: The contact last wrote more than 24 hours ago, and the channel only takes replies. Nothing was sent.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "429": {
            "description": "`rate_limited`: The API key's rate is used up. Nothing was sent.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "500": {
            "description": "`delivery_failed`: The provider was asked and did not take the message. It is stored as failed.\n\n`delivery_unknown`: The call to the provider left and no usable answer came: the message may have been delivered.\n\n`internal_error`: Something is wrong in this function. The details are in its log.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "502": {
            "description": "`ai_unavailable`: The agent's model could not be reached, was too slow, declined, or wrote nothing. Nothing was sent.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "503": {
            "description": "`database_unavailable`: The database could not be reached in time. This request has sent nothing.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          }
        }
      }
    },
    "/messages/{message_id}": {
      "get": {
        "operationId": "getMessage",
        "summary": "What became of a message",
        "parameters": [
          {
            "name": "message_id",
            "in": "path",
            "required": true,
            "description": "As answered by /send-message: msg_…",
            "schema": {
              "type": "string"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The message and every attempt.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Message"
                }
              }
            }
          },
          "401": {
            "description": "`invalid_api_key`: The API key is missing, unknown, expired or revoked.\n\n`invalid_signature`: The webhook is not signed with the secret of this connection, or it is too old. Nothing was stored.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "404": {
            "description": "`conversation_not_found`: There is no such conversation in the sub-account of this API key.\n\n`agent_not_found`: There is no active agent with this id in the sub-account of this API key.\n\n`not_found`: There is nothing at this path, or no such message in the sub-account of this API key.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "500": {
            "description": "`delivery_failed`: The provider was asked and did not take the message. It is stored as failed.\n\n`delivery_unknown`: The call to the provider left and no usable answer came: the message may have been delivered.\n\n`internal_error`: Something is wrong in this function. The details are in its log.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "503": {
            "description": "`database_unavailable`: The database could not be reached in time. This request has sent nothing.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          }
        }
      }
    },
    "/jobs/sweep": {
      "post": {
        "operationId": "sweep",
        "summary": "For a scheduler: send what is due, settle what was abandoned",
        "security": [
          {
            "cronSecret": []
          }
        ],
        "responses": {
          "200": {
            "description": "How many messages ended how.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "additionalProperties": {
                    "type": "integer"
                  }
                }
              }
            }
          },
          "401": {
            "description": "`invalid_api_key`: The API key is missing, unknown, expired or revoked.\n\n`invalid_signature`: The webhook is not signed with the secret of this connection, or it is too old. Nothing was stored.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          },
          "503": {
            "description": "`database_unavailable`: The database could not be reached in time. This request has sent nothing.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          }
        }
      }
    },
    "/errors/{code}": {
      "get": {
        "operationId": "explainError",
        "summary": "What an error code means and what to do",
        "security": [],
        "parameters": [
          {
            "name": "code",
            "in": "path",
            "required": true,
            "description": "An error code",
            "schema": {
              "type": "string"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Plain text.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "404": {
            "description": "`conversation_not_found`: There is no such conversation in the sub-account of this API key.\n\n`agent_not_found`: There is no active agent with this id in the sub-account of this API key.\n\n`not_found`: There is nothing at this path, or no such message in the sub-account of this API key.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Error"
                }
              }
            }
          }
        }
      }
    },
    "/health": {
      "get": {
        "operationId": "getHealth",
        "summary": "Is the function up and configured",
        "security": [],
        "responses": {
          "200": {
            "description": "It is.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "status": {
                      "const": "ok"
                    }
                  },
                  "required": [
                    "status"
                  ]
                }
              }
            }
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key"
      },
      "cronSecret": {
        "type": "apiKey",
        "in": "header",
        "name": "x-cron-secret"
      }
    },
    "schemas": {
      "SendMessage": {
        "type": "object",
        "properties": {
          "content": {
            "type": "string",
            "maxLength": 262144,
            "description": "The text, or with `ai: true` the instruction to the agent."
          },
          "ai": {
            "type": "boolean",
            "description": "false: send `content` as it is. true: the agent writes the message."
          },
          "conversation_id": {
            "type": "string",
            "maxLength": 255,
            "pattern": "^\\P{Cc}*$",
            "description": "The conversation's UUID, or your own id for it."
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ]
          },
          "agent_id": {
            "description": "Required when `ai` is true: an active agent of the sub-account.",
            "anyOf": [
              {
                "type": "string",
                "format": "uuid",
                "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$"
              },
              {
                "type": "null"
              }
            ]
          },
          "message_id": {
            "description": "The inbound message that this one answers: our id or the provider’s.",
            "anyOf": [
              {
                "type": "string",
                "maxLength": 255,
                "pattern": "^\\P{Cc}*$"
              },
              {
                "type": "null"
              }
            ]
          },
          "subject": {
            "description": "Email only.",
            "anyOf": [
              {
                "type": "string",
                "maxLength": 500,
                "pattern": "^\\P{Cc}*$"
              },
              {
                "type": "null"
              }
            ]
          }
        },
        "required": [
          "content",
          "ai",
          "conversation_id",
          "channel"
        ]
      },
      "SentMessage": {
        "type": "object",
        "properties": {
          "message_id": {
            "type": "string"
          },
          "content": {
            "type": "string"
          },
          "sender_type": {
            "type": "string",
            "enum": [
              "user",
              "agent"
            ]
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ]
          },
          "ai": {
            "type": "boolean"
          },
          "delivered": {
            "type": "boolean"
          },
          "timestamp": {
            "type": "string",
            "format": "date-time",
            "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
          }
        },
        "required": [
          "message_id",
          "content",
          "sender_type",
          "channel",
          "ai",
          "delivered",
          "timestamp"
        ],
        "additionalProperties": false
      },
      "QueuedMessage": {
        "type": "object",
        "properties": {
          "message_id": {
            "type": "string"
          },
          "content": {
            "description": "null until an agent has written it.",
            "type": [
              "string",
              "null"
            ]
          },
          "sender_type": {
            "type": "string",
            "enum": [
              "user",
              "agent"
            ]
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ]
          },
          "ai": {
            "type": "boolean"
          },
          "delivered": {
            "type": "boolean",
            "const": false
          },
          "timestamp": {
            "type": "string",
            "format": "date-time",
            "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
            "description": "When the message was stored."
          }
        },
        "required": [
          "message_id",
          "content",
          "sender_type",
          "channel",
          "ai",
          "delivered",
          "timestamp"
        ],
        "additionalProperties": false
      },
      "Message": {
        "type": "object",
        "properties": {
          "message_id": {
            "type": "string"
          },
          "conversation_id": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ]
          },
          "status": {
            "type": "string"
          },
          "sender_type": {
            "type": "string",
            "enum": [
              "contact",
              "user",
              "agent"
            ]
          },
          "ai": {
            "type": "boolean"
          },
          "content": {
            "type": [
              "string",
              "null"
            ]
          },
          "subject": {
            "type": [
              "string",
              "null"
            ]
          },
          "agent_id": {
            "type": [
              "string",
              "null"
            ]
          },
          "provider": {
            "type": [
              "string",
              "null"
            ]
          },
          "created_at": {
            "type": "string",
            "format": "date-time",
            "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
          },
          "next_try_at": {
            "anyOf": [
              {
                "type": "string",
                "format": "date-time",
                "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
              },
              {
                "type": "null"
              }
            ]
          },
          "sent_at": {
            "anyOf": [
              {
                "type": "string",
                "format": "date-time",
                "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
              },
              {
                "type": "null"
              }
            ]
          },
          "delivered_at": {
            "anyOf": [
              {
                "type": "string",
                "format": "date-time",
                "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
              },
              {
                "type": "null"
              }
            ]
          },
          "read_at": {
            "anyOf": [
              {
                "type": "string",
                "format": "date-time",
                "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
              },
              {
                "type": "null"
              }
            ]
          },
          "failed_at": {
            "anyOf": [
              {
                "type": "string",
                "format": "date-time",
                "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
              },
              {
                "type": "null"
              }
            ]
          },
          "error": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "code": {
                    "type": "string"
                  },
                  "retry": {
                    "type": "string",
                    "enum": [
                      "never",
                      "safe",
                      "check"
                    ]
                  },
                  "message": {
                    "type": "string"
                  },
                  "provider": {
                    "type": "object",
                    "properties": {
                      "name": {
                        "type": "string"
                      },
                      "code": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "message": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "reason": {
                        "type": "string"
                      }
                    },
                    "required": [
                      "name",
                      "code",
                      "message",
                      "reason"
                    ],
                    "additionalProperties": false
                  }
                },
                "required": [
                  "code",
                  "retry"
                ],
                "additionalProperties": false
              },
              {
                "type": "null"
              }
            ]
          },
          "usage": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "input_tokens": {
                    "type": "number"
                  },
                  "output_tokens": {
                    "type": "number"
                  }
                },
                "required": [
                  "input_tokens",
                  "output_tokens"
                ],
                "additionalProperties": false
              },
              {
                "type": "null"
              }
            ]
          },
          "metadata": {
            "type": "object",
            "properties": {
              "message_id": {
                "type": "string"
              }
            },
            "additionalProperties": false
          },
          "attempts": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "number": {
                  "type": "number"
                },
                "provider": {
                  "type": "string"
                },
                "outcome": {
                  "type": "string",
                  "enum": [
                    "accepted",
                    "refused",
                    "unknown"
                  ]
                },
                "reason": {
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "code": {
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "message": {
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "started_at": {
                  "type": "string",
                  "format": "date-time",
                  "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
                },
                "finished_at": {
                  "type": "string",
                  "format": "date-time",
                  "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$"
                }
              },
              "required": [
                "number",
                "provider",
                "outcome",
                "reason",
                "code",
                "message",
                "started_at",
                "finished_at"
              ],
              "additionalProperties": false
            }
          }
        },
        "required": [
          "message_id",
          "conversation_id",
          "channel",
          "status",
          "sender_type",
          "ai",
          "content",
          "subject",
          "agent_id",
          "provider",
          "created_at",
          "next_try_at",
          "sent_at",
          "delivered_at",
          "read_at",
          "failed_at",
          "error",
          "usage",
          "metadata",
          "attempts"
        ],
        "additionalProperties": false
      },
      "Error": {
        "type": "object",
        "properties": {
          "error": {
            "type": "object",
            "properties": {
              "code": {
                "type": "string",
                "enum": [
                  "invalid_request",
                  "content_too_long",
                  "invalid_api_key",
                  "invalid_signature",
                  "conversation_not_found",
                  "agent_not_found",
                  "not_found",
                  "method_not_allowed",
                  "send_in_progress",
                  "payload_too_large",
                  "idempotency_key_reused",
                  "channel_not_connected",
                  "recipient_unreachable",
                  "recipient_opted_out",
                  "messaging_window_closed",
                  "rate_limited",
                  "delivery_failed",
                  "delivery_unknown",
                  "internal_error",
                  "ai_unavailable",
                  "database_unavailable"
                ]
              },
              "message": {
                "type": "string",
                "description": "One sentence that says what to do."
              },
              "retry": {
                "type": "string",
                "enum": [
                  "never",
                  "safe",
                  "check"
                ],
                "description": "never: the same request cannot succeed. safe: nothing was sent, send it again with the same Idempotency-Key. check: it may have been sent, ask GET /messages/{message_id} first."
              },
              "request_id": {
                "type": "string"
              },
              "doc_url": {
                "type": "string",
                "format": "uri"
              },
              "issues": {
                "type": "array",
                "items": {
                  "type": "object",
                  "properties": {
                    "path": {
                      "type": "string"
                    },
                    "message": {
                      "type": "string"
                    }
                  },
                  "required": [
                    "path",
                    "message"
                  ],
                  "additionalProperties": false
                }
              },
              "message_id": {
                "type": "string"
              },
              "provider": {
                "type": "object",
                "properties": {
                  "name": {
                    "type": "string"
                  },
                  "code": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "message": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "reason": {
                    "type": "string"
                  }
                },
                "required": [
                  "name",
                  "code",
                  "message",
                  "reason"
                ],
                "additionalProperties": false
              }
            },
            "required": [
              "code",
              "message",
              "retry",
              "request_id",
              "doc_url"
            ],
            "additionalProperties": false
          }
        },
        "required": [
          "error"
        ],
        "additionalProperties": false
      }
    }
  }
};
