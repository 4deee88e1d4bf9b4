// Made by `npm run generate` from the zod schemas of src/http.
export const openapiDocument = {
  "openapi": "3.1.0",
  "info": {
    "title": "crm-api",
    "version": "0.1.0",
    "description": "Sends a message to a CRM contact over SMS, email, WhatsApp, Facebook or Instagram, word for word or written by an AI agent.\n\nEvery error has the same form, on every path: an unknown path is answered 404 `not_found`, another method 405 `method_not_allowed` with `Allow`. A function whose environment is incomplete answers everything with 500 `internal_error`.",
    "contact": {
      "name": "The operator of this function"
    },
    "license": {
      "name": "MIT",
      "identifier": "MIT"
    }
  },
  "tags": [
    {
      "name": "Messages",
      "description": "Send a message, and ask what became of it."
    },
    {
      "name": "Webhooks",
      "description": "What providers call; nobody else needs them."
    },
    {
      "name": "Service",
      "description": "For the operator: health, scheduler, errors."
    }
  ],
  "security": [
    {
      "apiKey": []
    },
    {
      "bearer": []
    }
  ],
  "paths": {
    "/send-message": {
      "post": {
        "operationId": "sendMessage",
        "tags": [
          "Messages"
        ],
        "summary": "Send a message to a contact",
        "description": "Sends `content` as it is, or lets an agent write the message. A repeated `Idempotency-Key` never sends twice: it gets the first response again. Repeat a request when `error.retry` says `safe`, with the same key; with `check`, ask for the message first.",
        "parameters": [
          {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Repeats with the same key never send twice.",
            "schema": {
              "type": "string",
              "pattern": "^[\\x20-\\x7e]{1,255}$"
            }
          },
          {
            "name": "Prefer",
            "in": "header",
            "required": false,
            "description": "`respond-async`: respond with 202 as soon as the message is stored, and send it after that.",
            "schema": {
              "type": "string"
            }
          },
          {
            "name": "X-Request-Id",
            "in": "header",
            "required": false,
            "description": "Your own id for this request, to find it in the log. The response has the same header.",
            "schema": {
              "type": "string"
            }
          }
        ],
        "requestBody": {
          "required": true,
          "description": "One JSON object in UTF-8 of at most 256 KiB. `null`, `\"\"` and blanks in an optional field count as no field.",
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/SendMessage"
              },
              "examples": {
                "asItIs": {
                  "summary": "An SMS, word for word",
                  "value": {
                    "content": "Your appointment is confirmed for Thursday at 10 am.",
                    "ai": false,
                    "conversation_id": "conv_abc123",
                    "channel": "sms"
                  }
                },
                "byAgent": {
                  "summary": "A WhatsApp message that an agent writes",
                  "value": {
                    "content": "Confirm the appointment on Thursday at 10 am.",
                    "ai": true,
                    "conversation_id": "conv_abc123",
                    "channel": "whatsapp",
                    "agent_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The provider accepted the message.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/SentMessage"
                },
                "example": {
                  "message_id": "msg_01m837ck1ne4abwwb5vb7d9bzv",
                  "content": "Hello Jane, good to hear from you. Tuesday at 3 pm is free if that suits you better.",
                  "sender_type": "agent",
                  "channel": "whatsapp",
                  "ai": true,
                  "delivered": true,
                  "timestamp": "2026-11-23T03:32:25.908Z"
                }
              }
            }
          },
          "202": {
            "description": "With `Prefer: respond-async`: the message is stored, and sent after this response. `Location` says where to ask.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Preference-Applied": {
                "$ref": "#/components/headers/Preference-Applied"
              },
              "Location": {
                "$ref": "#/components/headers/Location"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/QueuedMessage"
                },
                "example": {
                  "message_id": "msg_01m837ck1ne4abwwb5vb7d9bzv",
                  "content": null,
                  "sender_type": "agent",
                  "channel": "whatsapp",
                  "ai": true,
                  "delivered": false,
                  "timestamp": "2026-11-23T03:32:25.908Z"
                }
              }
            }
          },
          "400": {
            "description": "- `invalid_request` (retry: never). The request is not JSON in UTF-8, or a field or header is missing or wrong. Correct what `issues` lists, each with the path of its field, and send it again.\n- `content_too_long` (retry: never). The text is longer than the channel takes. Nothing was sent. Shorten `content` to the limit that the message names, or split it into several messages.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_request",
                                "content_too_long"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "401": {
            "description": "- `invalid_api_key` (retry: never). The API key is missing, unknown, expired or revoked, or there are two that differ. Send one valid key, in the `x-api-key` header or as `Authorization: Bearer cfy_…`.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_api_key"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "404": {
            "description": "- `conversation_not_found` (retry: never). There is no such conversation in the sub-account of this API key. Use the conversation's UUID or its external id, and a key of the same sub-account.\n- `agent_not_found` (retry: never). There is no active agent with this id in the sub-account of this API key. Use the UUID of an active agent of the same sub-account.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "conversation_not_found",
                                "agent_not_found"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "409": {
            "description": "- `send_in_progress` (retry: safe). A request with the same idempotency key is still being worked on. Wait as long as `Retry-After` says and send the same request with the same key.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "send_in_progress"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "413": {
            "description": "- `payload_too_large` (retry: never). The body is larger than this path takes. Send a smaller body: the message names the limit.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "payload_too_large"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "422": {
            "description": "- `idempotency_key_reused` (retry: never). This idempotency key was used for another request. Use a new key for a new message, and the old key only to repeat the same request.\n- `channel_not_connected` (retry: never). The sub-account has no active sender on this channel. Nothing was sent. Connect a provider for the channel and add an active sender, or use another channel.\n- `recipient_unreachable` (retry: never). The contact has no address on this channel. Nothing was sent. Add an address for the contact on this channel, or use another channel.\n- `recipient_opted_out` (retry: never). The contact has opted out on this channel. Nothing was sent. Do not send here until the contact opts in again.\n- `messaging_window_closed` (retry: never). The contact last wrote more than 24 hours ago, and the channel only takes replies. Nothing was sent. Wait until the contact writes again, or use a channel without a window (SMS, email).",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "idempotency_key_reused",
                                "channel_not_connected",
                                "recipient_unreachable",
                                "recipient_opted_out",
                                "messaging_window_closed"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "429": {
            "description": "- `rate_limited` (retry: safe). The API key's rate is used up. Nothing was sent. Wait as long as `Retry-After` says and send the same request again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "rate_limited"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "500": {
            "description": "- `delivery_failed` (retry: safe). The provider was asked and did not take the message. It is stored as failed. See `provider.reason`. With retry `safe`, send the same request with the same idempotency key; with `never`, correct the cause first and send it as a new message.\n- `delivery_unknown` (retry: check). The call to the provider left and no usable answer came: the message may have been delivered. Ask `GET /messages/{message_id}` before sending again; a receipt from the provider may settle it.\n- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "delivery_failed",
                                "delivery_unknown",
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "502": {
            "description": "- `ai_unavailable` (retry: safe). The agent's model could not be reached, was too slow, declined, used its tokens up by thinking, or wrote nothing that a contact can be sent. Nothing was sent. With retry `safe`, send the same request with the same idempotency key. With `never`, the same request would fail again: correct what the message names (the connection, the model, the instructions), and send it as a new message.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "ai_unavailable"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "503": {
            "description": "- `too_busy` (retry: safe). Too much is being sent here at the same time, and this was not all here yet. Nothing came of this request. Wait as long as `Retry-After` says and send the same request again.\n- `database_unavailable` (retry: safe). The database could not be reached in time. This request has sent nothing. With retry `safe`, send the same request with the same idempotency key in a few seconds. With `check`, the message may be stored and still be sent: ask `GET /messages/{message_id}` first, and send again if it is not there.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Idempotent-Replayed": {
                "$ref": "#/components/headers/Idempotent-Replayed"
              },
              "Idempotent-Replayed-Age": {
                "$ref": "#/components/headers/Idempotent-Replayed-Age"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "too_busy",
                                "database_unavailable"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          }
        },
        "x-codeSamples": [
          {
            "lang": "Shell",
            "label": "curl",
            "source": "curl \"$CRM_API_URL/send-message\" -H \"x-api-key: $CRM_API_KEY\" \\\n  -H 'Idempotency-Key: reminder-17' \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"content\":\"Your appointment is confirmed for Thursday at 10 am.\",\"ai\":false,\"conversation_id\":\"conv_abc123\",\"channel\":\"sms\"}'"
          },
          {
            "lang": "TypeScript",
            "label": "TypeScript",
            "source": "import { createClient } from 'crm-api';\n\nconst { CRM_API_URL = '', CRM_API_KEY = '' } = process.env;\nconst crm = createClient({ url: CRM_API_URL, apiKey: CRM_API_KEY });\nconst sent = await crm.sendMessage({\n  content: 'Your appointment is confirmed for Thursday at 10 am.',\n  ai: false,\n  conversation_id: 'conv_abc123',\n  channel: 'sms',\n}, { idempotencyKey: 'reminder-17' });\n"
          },
          {
            "lang": "Python",
            "label": "Python",
            "source": "import os, time, requests\n\nurl, key = os.environ['CRM_API_URL'], os.environ['CRM_API_KEY']\nheaders = {'x-api-key': key, 'Idempotency-Key': 'reminder-17'}  # made of your data's own id: one key per message\nmessage = {'content': 'Your appointment is confirmed for Thursday at 10 am.', 'ai': False,\n           'conversation_id': 'conv_abc123', 'channel': 'sms'}\nfor attempt in range(4):\n    answer = requests.post(url + '/send-message', json=message, headers=headers, timeout=90)\n    body = answer.json()\n    if answer.ok or body['error']['retry'] != 'safe':\n        break\n    time.sleep(int(answer.headers.get('Retry-After', 2 ** attempt)))\nprint(body)\n"
          },
          {
            "lang": "Shell",
            "label": "curl, later",
            "source": "curl \"$CRM_API_URL/send-message\" -H \"x-api-key: $CRM_API_KEY\" \\\n  -H 'Idempotency-Key: reminder-17' \\\n  -H 'Prefer: respond-async' \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"content\":\"Your appointment is confirmed for Thursday at 10 am.\",\"ai\":false,\"conversation_id\":\"conv_abc123\",\"channel\":\"sms\"}'"
          },
          {
            "lang": "TypeScript",
            "label": "TypeScript, later",
            "source": "import { createClient } from 'crm-api';\n\nconst { CRM_API_URL = '', CRM_API_KEY = '' } = process.env;\nconst crm = createClient({ url: CRM_API_URL, apiKey: CRM_API_KEY });\nconst queued = await crm.sendMessage({\n  content: 'Your appointment is confirmed for Thursday at 10 am.',\n  ai: false,\n  conversation_id: 'conv_abc123',\n  channel: 'sms',\n}, { async: true });\n"
          },
          {
            "lang": "Python",
            "label": "Python, later",
            "source": "# As above, with one more header:\nheaders['Prefer'] = 'respond-async'  # 202: ask answer.headers['Location'] later\n"
          }
        ]
      }
    },
    "/messages/{message_id}": {
      "get": {
        "operationId": "getMessage",
        "tags": [
          "Messages"
        ],
        "summary": "What became of a message",
        "description": "The seven fields of the response to POST /send-message, the status, the times, the error and every call to a provider.",
        "parameters": [
          {
            "name": "message_id",
            "in": "path",
            "required": true,
            "description": "From the response to POST /send-message.",
            "schema": {
              "type": "string",
              "examples": [
                "msg_01m837ck1ne4abwwb5vb7d9bzv"
              ]
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The message and every attempt.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Message"
                },
                "example": {
                  "message_id": "msg_01m837ck1ne4abwwb5vb7d9bzv",
                  "conversation_id": "c0477e55-0000-4000-8000-000000000001",
                  "channel": "whatsapp",
                  "status": "delivered",
                  "sender_type": "agent",
                  "ai": true,
                  "content": "Hello Jane, good to hear from you. Tuesday at 3 pm is free if that suits you better.",
                  "delivered": true,
                  "timestamp": "2026-11-23T03:32:25.908Z",
                  "subject": null,
                  "agent_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
                  "provider": "meta",
                  "created_at": "2026-11-23T03:32:24.861Z",
                  "next_try_at": null,
                  "sent_at": "2026-11-23T03:32:25.908Z",
                  "delivered_at": "2026-11-23T03:32:27.000Z",
                  "read_at": null,
                  "failed_at": null,
                  "error": null,
                  "usage": {
                    "input_tokens": 120,
                    "output_tokens": 24
                  },
                  "metadata": {},
                  "attempts": [
                    {
                      "number": 1,
                      "provider": "meta",
                      "outcome": "accepted",
                      "reason": null,
                      "code": null,
                      "message": null,
                      "started_at": "2026-11-23T03:32:25.744Z",
                      "finished_at": "2026-11-23T03:32:25.908Z"
                    }
                  ]
                }
              }
            }
          },
          "401": {
            "description": "- `invalid_api_key` (retry: never). The API key is missing, unknown, expired or revoked, or there are two that differ. Send one valid key, in the `x-api-key` header or as `Authorization: Bearer cfy_…`.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_api_key"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "404": {
            "description": "- `not_found` (retry: never). There is nothing at this path, or no such message in the sub-account of this API key. Use the path that the message names, or a message id of the same sub-account.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "not_found"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "429": {
            "description": "- `rate_limited` (retry: safe). The API key's rate is used up. Nothing was sent. Wait as long as `Retry-After` says and send the same request again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "rate_limited"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "500": {
            "description": "- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "503": {
            "description": "- `database_unavailable` (retry: safe). The database could not be reached in time. This request has sent nothing. With retry `safe`, send the same request with the same idempotency key in a few seconds. With `check`, the message may be stored and still be sent: ask `GET /messages/{message_id}` first, and send again if it is not there.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "database_unavailable"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          }
        },
        "x-codeSamples": [
          {
            "lang": "Shell",
            "label": "curl",
            "source": "curl \"$CRM_API_URL/messages/msg_01m837ck1ne4abwwb5vb7d9bzv\" -H \"x-api-key: $CRM_API_KEY\""
          },
          {
            "lang": "TypeScript",
            "label": "TypeScript",
            "source": "import { createClient } from 'crm-api';\n\nconst { CRM_API_URL = '', CRM_API_KEY = '' } = process.env;\nconst crm = createClient({ url: CRM_API_URL, apiKey: CRM_API_KEY });\nconst message = await crm.getMessage('msg_01m837ck1ne4abwwb5vb7d9bzv');\n"
          },
          {
            "lang": "Python",
            "label": "Python",
            "source": "import os, requests\n\nurl, key = os.environ['CRM_API_URL'], os.environ['CRM_API_KEY']\nprint(requests.get(url + '/messages/msg_01m837ck1ne4abwwb5vb7d9bzv', headers={'x-api-key': key}, timeout=30).json())\n"
          }
        ]
      }
    },
    "/webhooks/{provider}/{connection_id}": {
      "parameters": [
        {
          "name": "provider",
          "in": "path",
          "required": true,
          "description": "Who calls.",
          "schema": {
            "type": "string",
            "enum": [
              "twilio",
              "meta",
              "resend"
            ]
          }
        },
        {
          "name": "connection_id",
          "in": "path",
          "required": true,
          "description": "The connection's UUID, as `npm run crm -- connections add` prints it.",
          "schema": {
            "type": "string",
            "format": "uuid"
          }
        }
      ],
      "post": {
        "operationId": "receiveWebhook",
        "tags": [
          "Webhooks"
        ],
        "summary": "Take what a provider calls back with",
        "description": "Receipts and what contacts write, in the provider's own format. The provider signs each call with the connection's secret (`X-Twilio-Signature`, `X-Hub-Signature-256`, `svix-signature`). The same call twice is stored once.",
        "security": [],
        "requestBody": {
          "required": true,
          "description": "The provider's own format: a form from Twilio, JSON from Meta and Resend. At most 64 KiB from twilio, 4096 KiB from meta, 1024 KiB from resend.",
          "content": {
            "application/json": {
              "schema": {
                "type": "object"
              }
            },
            "application/x-www-form-urlencoded": {
              "schema": {
                "type": "object"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "It is stored, or there was nothing in it to store.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              }
            },
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                }
              },
              "text/xml": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "400": {
            "description": "- `invalid_request` (retry: never). The request is not JSON in UTF-8, or a field or header is missing or wrong. Correct what `issues` lists, each with the path of its field, and send it again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_request"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "401": {
            "description": "- `invalid_signature` (retry: never). The webhook is not signed with the secret of this connection, or it is too old. Nothing was stored. Put the secret that signs the provider's webhooks into the connection, and set PUBLIC_URL to the address that the provider calls.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_signature"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "404": {
            "description": "- `not_found` (retry: never). There is nothing at this path, or no such message in the sub-account of this API key. Use the path that the message names, or a message id of the same sub-account.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "not_found"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "413": {
            "description": "- `payload_too_large` (retry: never). The body is larger than this path takes. Send a smaller body: the message names the limit.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "payload_too_large"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "500": {
            "description": "- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "503": {
            "description": "- `too_busy` (retry: safe). Too much is being sent here at the same time, and this was not all here yet. Nothing came of this request. Wait as long as `Retry-After` says and send the same request again.\n- `database_unavailable` (retry: safe). The database could not be reached in time. This request has sent nothing. With retry `safe`, send the same request with the same idempotency key in a few seconds. With `check`, the message may be stored and still be sent: ask `GET /messages/{message_id}` first, and send again if it is not there.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "too_busy",
                                "database_unavailable"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          }
        }
      },
      "get": {
        "operationId": "answerChallenge",
        "tags": [
          "Webhooks"
        ],
        "summary": "Answer Meta's question whether the address is ours",
        "description": "Meta asks once, when the address is put into the app's console.",
        "security": [],
        "parameters": [
          {
            "name": "hub.mode",
            "in": "query",
            "required": true,
            "description": "`subscribe`.",
            "schema": {
              "type": "string"
            }
          },
          {
            "name": "hub.verify_token",
            "in": "query",
            "required": true,
            "description": "The connection's `verifyToken`.",
            "schema": {
              "type": "string"
            }
          },
          {
            "name": "hub.challenge",
            "in": "query",
            "required": true,
            "description": "The text to respond with.",
            "schema": {
              "type": "string"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The challenge, as it came.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              }
            },
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "401": {
            "description": "- `invalid_signature` (retry: never). The webhook is not signed with the secret of this connection, or it is too old. Nothing was stored. Put the secret that signs the provider's webhooks into the connection, and set PUBLIC_URL to the address that the provider calls.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_signature"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "404": {
            "description": "- `not_found` (retry: never). There is nothing at this path, or no such message in the sub-account of this API key. Use the path that the message names, or a message id of the same sub-account.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "not_found"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "500": {
            "description": "- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "503": {
            "description": "- `database_unavailable` (retry: safe). The database could not be reached in time. This request has sent nothing. With retry `safe`, send the same request with the same idempotency key in a few seconds. With `check`, the message may be stored and still be sent: ask `GET /messages/{message_id}` first, and send again if it is not there.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "database_unavailable"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
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
        "tags": [
          "Service"
        ],
        "summary": "Send what is due, settle what was abandoned",
        "description": "For a scheduler, once a minute. As often as you like: it does no harm.",
        "security": [
          {
            "cronSecret": []
          }
        ],
        "responses": {
          "200": {
            "description": "How many messages ended how.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Swept"
                }
              }
            }
          },
          "401": {
            "description": "- `invalid_api_key` (retry: never). The API key is missing, unknown, expired or revoked, or there are two that differ. Send one valid key, in the `x-api-key` header or as `Authorization: Bearer cfy_…`.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "invalid_api_key"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "500": {
            "description": "- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "503": {
            "description": "- `database_unavailable` (retry: safe). The database could not be reached in time. This request has sent nothing. With retry `safe`, send the same request with the same idempotency key in a few seconds. With `check`, the message may be stored and still be sent: ask `GET /messages/{message_id}` first, and send again if it is not there.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              },
              "RateLimit": {
                "$ref": "#/components/headers/RateLimit"
              },
              "RateLimit-Policy": {
                "$ref": "#/components/headers/RateLimit-Policy"
              },
              "Server-Timing": {
                "$ref": "#/components/headers/Server-Timing"
              },
              "Retry-After": {
                "$ref": "#/components/headers/Retry-After"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "database_unavailable"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
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
        "tags": [
          "Service"
        ],
        "summary": "What an error code means and what to do",
        "description": "For people: `doc_url` in every error leads here.",
        "security": [],
        "parameters": [
          {
            "name": "code",
            "in": "path",
            "required": true,
            "description": "An error code.",
            "schema": {
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
                "too_busy",
                "database_unavailable"
              ]
            }
          }
        ],
        "responses": {
          "200": {
            "description": "What happened, what to do.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "404": {
            "description": "- `not_found` (retry: never). There is nothing at this path, or no such message in the sub-account of this API key. Use the path that the message names, or a message id of the same sub-account.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "not_found"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
                }
              }
            }
          },
          "500": {
            "description": "- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
                  ]
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
        "tags": [
          "Service"
        ],
        "summary": "Is the function up and configured",
        "description": "Asks neither the database nor a provider.",
        "security": [],
        "responses": {
          "200": {
            "description": "It is.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                }
              }
            }
          },
          "500": {
            "description": "- `internal_error` (retry: check). Something is wrong in this function. The details are in its log. Search the log for the `request_id`, and check whether the message was sent before sending again.",
            "headers": {
              "X-Request-Id": {
                "$ref": "#/components/headers/X-Request-Id"
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [
                    {
                      "$ref": "#/components/schemas/ErrorResponse"
                    },
                    {
                      "type": "object",
                      "properties": {
                        "error": {
                          "type": "object",
                          "properties": {
                            "code": {
                              "enum": [
                                "internal_error"
                              ]
                            }
                          }
                        }
                      }
                    }
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
        "name": "x-api-key",
        "description": "The key of a sub-account: `cfy_…`."
      },
      "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The same key as `Authorization: Bearer cfy_…`. Two keys that differ are refused."
      },
      "cronSecret": {
        "type": "apiKey",
        "in": "header",
        "name": "x-cron-secret",
        "description": "The value of CRON_SECRET."
      }
    },
    "headers": {
      "X-Request-Id": {
        "description": "The caller's own `X-Request-Id`, if it is 1 to 128 letters, digits or `_.:-`; else a new one.",
        "required": true,
        "schema": {
          "type": "string"
        },
        "example": "b2f1c1f0-6f0e-4a55-9a35-0d5a3f0f3f0b"
      },
      "RateLimit": {
        "description": "What the API key has left (r), and the seconds until all of it is back (t).",
        "required": false,
        "schema": {
          "type": "string"
        },
        "example": "\"api-key\";r=599;t=1"
      },
      "RateLimit-Policy": {
        "description": "The requests (q) in a number of seconds (w) that the API key may make.",
        "required": false,
        "schema": {
          "type": "string"
        },
        "example": "\"api-key\";q=600;w=60"
      },
      "Server-Timing": {
        "description": "Milliseconds that the database, the model and the provider took.",
        "required": false,
        "schema": {
          "type": "string"
        },
        "example": "db;dur=9.1, ai;dur=812.0, provider;dur=164.3"
      },
      "Idempotent-Replayed": {
        "description": "`true`: this is what became of an earlier request with the same key. Nothing was sent now.",
        "required": false,
        "schema": {
          "type": "string"
        },
        "example": "true"
      },
      "Idempotent-Replayed-Age": {
        "description": "With a replay: seconds since its message was stored. Of an old one, ask whether the key is not another message’s.",
        "required": false,
        "schema": {
          "type": "string"
        },
        "example": "12"
      },
      "Retry-After": {
        "description": "Seconds to wait before the same request is sent again.",
        "required": false,
        "schema": {
          "type": "string"
        },
        "example": "2"
      },
      "Preference-Applied": {
        "description": "The request is worked on after this response.",
        "required": true,
        "schema": {
          "type": "string"
        },
        "example": "respond-async"
      },
      "Location": {
        "description": "Where to ask what became of the message.",
        "required": true,
        "schema": {
          "type": "string"
        },
        "example": "https://crm.example.com/functions/v1/crm-api/messages/msg_01m837ck1ne4abwwb5vb7d9bzv"
      }
    },
    "schemas": {
      "SendMessage": {
        "description": "Exactly as it is, or written by an agent: `ai` says which. Unknown fields are ignored.",
        "oneOf": [
          {
            "$ref": "#/components/schemas/SendAsItIs"
          },
          {
            "$ref": "#/components/schemas/SendByAgent"
          }
        ]
      },
      "SendAsItIs": {
        "type": "object",
        "properties": {
          "content": {
            "type": "string",
            "maxLength": 262144,
            "description": "The text, sent as it is; not blank.",
            "minLength": 1,
            "pattern": "[^\\x00-\\x20\\x7f-\\xa0]"
          },
          "ai": {
            "type": "boolean",
            "const": false,
            "description": "`content` is sent as it is."
          },
          "conversation_id": {
            "type": "string",
            "maxLength": 255,
            "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\x00-\\x20\\x7f-\\xa0][^\\x00-\\x1f\\x7f-\\x9f]*$",
            "description": "The conversation's UUID, or your own id for it.",
            "minLength": 1
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ],
            "description": "What it is sent over."
          },
          "agent_id": {
            "description": "Not used.",
            "type": [
              "string",
              "null"
            ]
          },
          "message_id": {
            "description": "The inbound message that this one replies to: our id or the provider’s.",
            "anyOf": [
              {
                "type": "string",
                "maxLength": 255,
                "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
              },
              {
                "type": "null"
              }
            ]
          },
          "subject": {
            "description": "Email only. Without it: the conversation's last subject with `Re:`, else the sub-account's name.",
            "anyOf": [
              {
                "type": "string",
                "maxLength": 500,
                "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
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
      "SendByAgent": {
        "type": "object",
        "properties": {
          "content": {
            "type": "string",
            "maxLength": 262144,
            "description": "The instruction to the agent; not blank.",
            "minLength": 1,
            "pattern": "[^\\x00-\\x20\\x7f-\\xa0]"
          },
          "ai": {
            "type": "boolean",
            "const": true,
            "description": "The agent writes the message."
          },
          "conversation_id": {
            "type": "string",
            "maxLength": 255,
            "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\x00-\\x20\\x7f-\\xa0][^\\x00-\\x1f\\x7f-\\x9f]*$",
            "description": "The conversation's UUID, or your own id for it.",
            "minLength": 1
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ],
            "description": "What it is sent over."
          },
          "agent_id": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$",
            "description": "An active agent of the sub-account."
          },
          "message_id": {
            "description": "The inbound message that this one replies to: our id or the provider’s.",
            "anyOf": [
              {
                "type": "string",
                "maxLength": 255,
                "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
              },
              {
                "type": "null"
              }
            ]
          },
          "subject": {
            "description": "Email only. Without it: the conversation's last subject with `Re:`, else the sub-account's name.",
            "anyOf": [
              {
                "type": "string",
                "maxLength": 500,
                "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]*$"
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
          "channel",
          "agent_id"
        ]
      },
      "SentMessage": {
        "type": "object",
        "properties": {
          "message_id": {
            "type": "string",
            "description": "`msg_` and 26 characters; ask for it later."
          },
          "content": {
            "type": "string",
            "description": "The text as it was sent."
          },
          "sender_type": {
            "type": "string",
            "enum": [
              "user",
              "agent"
            ],
            "description": "agent: an AI agent wrote it. user: the caller did."
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ],
            "description": "What it is sent over."
          },
          "ai": {
            "type": "boolean",
            "description": "Whether an AI agent writes it."
          },
          "delivered": {
            "type": "boolean",
            "const": true,
            "description": "The provider accepted the message."
          },
          "timestamp": {
            "type": "string",
            "format": "date-time",
            "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
            "description": "When the provider accepted it."
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
            "type": "string",
            "description": "`msg_` and 26 characters; ask for it later."
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
            ],
            "description": "agent: an AI agent wrote it. user: the caller did."
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ],
            "description": "What it is sent over."
          },
          "ai": {
            "type": "boolean",
            "description": "Whether an AI agent writes it."
          },
          "delivered": {
            "type": "boolean",
            "const": false,
            "description": "It is stored, and sent after this response."
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
            "type": "string",
            "description": "`msg_` and 26 characters."
          },
          "conversation_id": {
            "type": "string",
            "format": "uuid",
            "pattern": "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$",
            "description": "The conversation it belongs to."
          },
          "channel": {
            "type": "string",
            "enum": [
              "sms",
              "email",
              "whatsapp",
              "facebook",
              "instagram"
            ],
            "description": "What it is sent over."
          },
          "status": {
            "type": "string",
            "enum": [
              "received",
              "queued",
              "composing",
              "sending",
              "sent",
              "delivered",
              "read",
              "failed",
              "unknown",
              "superseded"
            ],
            "description": "received: the contact wrote it. queued: it waits. composing: the agent is writing. sending: a provider is being asked. sent: a provider has accepted it. delivered: the provider reported later that it arrived. read: the provider reported later that it was opened. failed: it was not delivered. unknown: a provider was asked and no usable response came, so it may have been sent or not. superseded: a reply that was no longer needed."
          },
          "sender_type": {
            "type": "string",
            "enum": [
              "contact",
              "user",
              "agent"
            ],
            "description": "Who wrote it: the contact, the caller, or an AI agent."
          },
          "ai": {
            "type": "boolean",
            "description": "Whether an AI agent writes it."
          },
          "content": {
            "description": "The text; null until an agent has written it.",
            "type": [
              "string",
              "null"
            ]
          },
          "delivered": {
            "type": "boolean",
            "description": "Whether a provider has accepted it, as far as is known: true with the status sent, delivered or read; true with received, which has arrived here; false with every other status."
          },
          "timestamp": {
            "type": "string",
            "format": "date-time",
            "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
            "description": "When a provider accepted it, or when the contact sent it; else when it was stored."
          },
          "subject": {
            "description": "Email only.",
            "type": [
              "string",
              "null"
            ]
          },
          "agent_id": {
            "description": "The agent that writes it.",
            "type": [
              "string",
              "null"
            ]
          },
          "provider": {
            "description": "The provider that has it.",
            "type": [
              "string",
              "null"
            ]
          },
          "created_at": {
            "type": "string",
            "format": "date-time",
            "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
            "description": "When it was stored."
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
            ],
            "description": "When a queued message is tried next."
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
            ],
            "description": "When a provider accepted it."
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
            ],
            "description": "When it was delivered, as the provider says."
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
            ],
            "description": "When it was read, as the provider says."
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
            ],
            "description": "When it failed for good."
          },
          "error": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "code": {
                    "type": "string",
                    "description": "An error code; GET /errors/{code} explains it."
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
                  "message": {
                    "description": "What happened and what to do.",
                    "type": "string"
                  },
                  "provider": {
                    "description": "What the provider said.",
                    "type": "object",
                    "properties": {
                      "name": {
                        "type": "string",
                        "description": "The provider that was asked."
                      },
                      "code": {
                        "description": "The provider's own code.",
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "message": {
                        "description": "The provider's own words, without secrets and addresses.",
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "reason": {
                        "type": "string",
                        "description": "invalid_recipient, opted_out, window_closed, content_rejected, misconfigured, rate_limited, quota_exceeded, provider_unavailable, unknown or other."
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
            ],
            "description": "Why it was not sent, or why nobody can say."
          },
          "usage": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "input_tokens": {
                    "type": "integer",
                    "minimum": -9007199254740991,
                    "maximum": 9007199254740991,
                    "description": "What the model read."
                  },
                  "output_tokens": {
                    "type": "integer",
                    "minimum": -9007199254740991,
                    "maximum": 9007199254740991,
                    "description": "What the model wrote."
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
            ],
            "description": "What the agent used up."
          },
          "metadata": {
            "type": "object",
            "properties": {
              "message_id": {
                "description": "The message that this one replies to.",
                "type": "string"
              }
            },
            "additionalProperties": false,
            "description": "What the caller said about it."
          },
          "attempts": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "number": {
                  "type": "integer",
                  "minimum": -9007199254740991,
                  "maximum": 9007199254740991,
                  "description": "From 1."
                },
                "provider": {
                  "type": "string",
                  "description": "The provider that was asked."
                },
                "outcome": {
                  "type": "string",
                  "enum": [
                    "accepted",
                    "refused",
                    "unknown"
                  ],
                  "description": "unknown: the call left, and no usable response came."
                },
                "reason": {
                  "description": "Why it was refused, as in the `reason` of an error.",
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "code": {
                  "description": "The provider's own code.",
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "message": {
                  "description": "The provider's own words, without secrets and addresses.",
                  "type": [
                    "string",
                    "null"
                  ]
                },
                "started_at": {
                  "type": "string",
                  "format": "date-time",
                  "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
                  "description": "When the call began."
                },
                "finished_at": {
                  "type": "string",
                  "format": "date-time",
                  "pattern": "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
                  "description": "When its response had come, or was no longer waited for."
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
            },
            "description": "Every call to a provider, in order."
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
          "delivered",
          "timestamp",
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
      "Swept": {
        "type": "object",
        "properties": {
          "sent": {
            "type": "integer",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "description": "Accepted by a provider."
          },
          "queued": {
            "type": "integer",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "description": "To be tried again later."
          },
          "failed": {
            "type": "integer",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "description": "Not sent, for good."
          },
          "unknown": {
            "type": "integer",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "description": "May have been sent; nobody can say."
          },
          "superseded": {
            "type": "integer",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "description": "Replies that were no longer needed."
          },
          "lost": {
            "type": "integer",
            "minimum": -9007199254740991,
            "maximum": 9007199254740991,
            "description": "Taken up by another worker, or not worked on because of an error in the log."
          }
        },
        "required": [
          "sent",
          "queued",
          "failed",
          "unknown",
          "superseded",
          "lost"
        ],
        "additionalProperties": false
      },
      "Health": {
        "type": "object",
        "properties": {
          "status": {
            "type": "string",
            "const": "ok",
            "description": "The function is up and configured."
          },
          "openapi": {
            "type": "string",
            "format": "uri",
            "description": "Where this document is."
          },
          "docs": {
            "type": "string",
            "format": "uri",
            "description": "Where people read it."
          }
        },
        "required": [
          "status",
          "openapi",
          "docs"
        ],
        "additionalProperties": false
      },
      "ErrorResponse": {
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
                  "too_busy",
                  "database_unavailable"
                ],
                "description": "Which error it is."
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
                "type": "string",
                "description": "The same as `X-Request-Id`: to find it in the log."
              },
              "doc_url": {
                "type": "string",
                "format": "uri-reference",
                "description": "Says what happened and what to do. A path alone while the function is not configured."
              },
              "issues": {
                "description": "With 400: everything that is wrong with the request.",
                "type": "array",
                "items": {
                  "type": "object",
                  "properties": {
                    "path": {
                      "type": "string",
                      "description": "Of the field, or the name of the header."
                    },
                    "message": {
                      "type": "string",
                      "description": "What it must be."
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
                "description": "A message was stored: GET /messages/{message_id} says what became of it.",
                "type": "string"
              },
              "provider": {
                "description": "What the provider said.",
                "type": "object",
                "properties": {
                  "name": {
                    "type": "string",
                    "description": "The provider that was asked."
                  },
                  "code": {
                    "description": "The provider's own code.",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "message": {
                    "description": "The provider's own words, without secrets and addresses.",
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "reason": {
                    "type": "string",
                    "description": "invalid_recipient, opted_out, window_closed, content_rejected, misconfigured, rate_limited, quota_exceeded, provider_unavailable, unknown or other."
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
          },
          "message": {
            "type": "string",
            "description": "The same sentence as `error.message`, for clients that look for it here."
          }
        },
        "required": [
          "error",
          "message"
        ],
        "additionalProperties": false
      }
    }
  }
};
