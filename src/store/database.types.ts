export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "agents": {
                  Row: {
                    "active": boolean,"connection_id": string | null,"created_at": string,"daily_token_limit": number | null,"id": string,"instructions": string,"max_replies_per_hour": number,"max_unanswered": number,"model": string,"name": string,"person_pause_hours": number,"reply_pause_ms": number,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "active"?: boolean,"connection_id"?: string | null,"created_at"?: string,"daily_token_limit"?: number | null,"id"?: string,"instructions": string,"max_replies_per_hour"?: number,"max_unanswered"?: number,"model": string,"name": string,"person_pause_hours"?: number,"reply_pause_ms"?: number,"sub_account_id": string
                  }
                  Update: {
                    "active"?: boolean,"connection_id"?: string | null,"created_at"?: string,"daily_token_limit"?: number | null,"id"?: string,"instructions"?: string,"max_replies_per_hour"?: number,"max_unanswered"?: number,"model"?: string,"name"?: string,"person_pause_hours"?: number,"reply_pause_ms"?: number,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "agents_sub_account_id_connection_id_fkey"
      columns: ["sub_account_id","connection_id"]
isOneToOne: false
      referencedRelation: "connections"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "agents_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"api_keys": {
                  Row: {
                    "created_at": string,"display_prefix": string,"expires_at": string | null,"id": string,"key_hash": string,"name": string,"rate_limit": number,"rate_parts": number,"revoked_at": string | null,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"display_prefix": string,"expires_at"?: string | null,"id"?: string,"key_hash": string,"name": string,"rate_limit"?: number,"rate_parts"?: never,"revoked_at"?: string | null,"sub_account_id": string
                  }
                  Update: {
                    "created_at"?: string,"display_prefix"?: string,"expires_at"?: string | null,"id"?: string,"key_hash"?: string,"name"?: string,"rate_limit"?: number,"rate_parts"?: never,"revoked_at"?: string | null,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "api_keys_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"connections": {
                  Row: {
                    "created_at": string,"credentials": string,"id": string,"last_webhook_at": string | null,"name": string,"provider": string,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"credentials": string,"id"?: string,"last_webhook_at"?: string | null,"name": string,"provider": string,"sub_account_id": string
                  }
                  Update: {
                    "created_at"?: string,"credentials"?: string,"id"?: string,"last_webhook_at"?: string | null,"name"?: string,"provider"?: string,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "connections_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"contact_addresses": {
                  Row: {
                    "address": string,"address_key": string,"channel": string,"contact_id": string,"created_at": string,"id": string,"invalid_at": string | null,"last_inbound_at": string | null,"learnt_from_thread": boolean,"marketing_opted_out_at": string | null,"marketing_preference_at": string | null,"only_sender_id": string | null,"opted_out_at": string | null,"preference_at": string | null,"provisional": boolean,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "address": string,"address_key": string,"channel": string,"contact_id": string,"created_at"?: string,"id"?: string,"invalid_at"?: string | null,"last_inbound_at"?: string | null,"learnt_from_thread"?: boolean,"marketing_opted_out_at"?: string | null,"marketing_preference_at"?: string | null,"only_sender_id"?: string | null,"opted_out_at"?: string | null,"preference_at"?: string | null,"provisional"?: boolean,"sub_account_id": string
                  }
                  Update: {
                    "address"?: string,"address_key"?: string,"channel"?: string,"contact_id"?: string,"created_at"?: string,"id"?: string,"invalid_at"?: string | null,"last_inbound_at"?: string | null,"learnt_from_thread"?: boolean,"marketing_opted_out_at"?: string | null,"marketing_preference_at"?: string | null,"only_sender_id"?: string | null,"opted_out_at"?: string | null,"preference_at"?: string | null,"provisional"?: boolean,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "contact_addresses_sub_account_id_contact_id_fkey"
      columns: ["sub_account_id","contact_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "contact_addresses_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "contact_addresses_sub_account_id_only_sender_id_fkey"
      columns: ["sub_account_id","only_sender_id"]
isOneToOne: false
      referencedRelation: "senders"
      referencedColumns: ["sub_account_id","id"]
    }
                  ]
                },"contacts": {
                  Row: {
                    "created_at": string,"id": string,"name": string | null,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"name"?: string | null,"sub_account_id": string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"name"?: string | null,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "contacts_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"conversations": {
                  Row: {
                    "answering_agent_id": string | null,"contact_id": string,"created_at": string,"external_id": string | null,"id": string,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "answering_agent_id"?: string | null,"contact_id": string,"created_at"?: string,"external_id"?: string | null,"id"?: string,"sub_account_id": string
                  }
                  Update: {
                    "answering_agent_id"?: string | null,"contact_id"?: string,"created_at"?: string,"external_id"?: string | null,"id"?: string,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "conversations_sub_account_id_answering_agent_id_fkey"
      columns: ["sub_account_id","answering_agent_id"]
isOneToOne: false
      referencedRelation: "agents"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "conversations_sub_account_id_contact_id_fkey"
      columns: ["sub_account_id","contact_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "conversations_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"jobs": {
                  Row: {
                    "created_at": string,"due_at": string,"id": string,"kind": string,"lease_expires_at": string | null,"lease_id": string | null,"sub_account_id": string,"subject_id": string,"tries": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"due_at"?: string,"id"?: string,"kind": string,"lease_expires_at"?: string | null,"lease_id"?: string | null,"sub_account_id": string,"subject_id": string,"tries"?: number
                  }
                  Update: {
                    "created_at"?: string,"due_at"?: string,"id"?: string,"kind"?: string,"lease_expires_at"?: string | null,"lease_id"?: string | null,"sub_account_id"?: string,"subject_id"?: string,"tries"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "jobs_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"message_attempts": {
                  Row: {
                    "code": string | null,"finished_at": string,"message": string | null,"message_id": string,"number": number,"outcome": string,"provider": string,"reason": string | null,"sender_id": string | null,"started_at": string,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "code"?: string | null,"finished_at": string,"message"?: string | null,"message_id": string,"number": number,"outcome": string,"provider": string,"reason"?: string | null,"sender_id"?: string | null,"started_at": string,"sub_account_id": string
                  }
                  Update: {
                    "code"?: string | null,"finished_at"?: string,"message"?: string | null,"message_id"?: string,"number"?: number,"outcome"?: string,"provider"?: string,"reason"?: string | null,"sender_id"?: string | null,"started_at"?: string,"sub_account_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"messages": {
                  Row: {
                    "address_id": string | null,"agent_id": string | null,"api_key_id": string | null,"attempts": number,"awaits_text": boolean,"body": NonNullable<Json>,"channel": string,"content": string | null,"conversation_id": string,"created_at": string,"delivered_at": string | null,"due_at": string | null,"error": Json | null,"failed_at": string | null,"happened_at": string,"id": string,"idempotency_key": string | null,"lease_expires_at": string | null,"lease_id": string | null,"metadata": NonNullable<Json>,"policy": Json | null,"prompt": string | null,"provider": string | null,"provider_message_id": string | null,"read_at": string | null,"repeat_through": string | null,"repeat_until": string | null,"replies_to_id": string | null,"reply_prefix": string,"request_hash": string | null,"retry_until": string | null,"sender_id": string | null,"sender_type": string,"sent_at": string | null,"status": string,"sub_account_id": string,"subject": string | null,"tries": number,"usage": Json | null
                  }
                  ComputedFields: never
                  Insert: {
                    "address_id"?: string | null,"agent_id"?: string | null,"api_key_id"?: string | null,"attempts"?: number,"awaits_text"?: boolean,"body"?: NonNullable<Json>,"channel": string,"content"?: string | null,"conversation_id": string,"created_at"?: string,"delivered_at"?: string | null,"due_at"?: string | null,"error"?: Json | null,"failed_at"?: string | null,"happened_at"?: string,"id": string,"idempotency_key"?: string | null,"lease_expires_at"?: string | null,"lease_id"?: string | null,"metadata"?: NonNullable<Json>,"policy"?: Json | null,"prompt"?: string | null,"provider"?: string | null,"provider_message_id"?: string | null,"read_at"?: string | null,"repeat_through"?: string | null,"repeat_until"?: string | null,"replies_to_id"?: string | null,"reply_prefix"?: string,"request_hash"?: string | null,"retry_until"?: string | null,"sender_id"?: string | null,"sender_type": string,"sent_at"?: string | null,"status": string,"sub_account_id": string,"subject"?: string | null,"tries"?: number,"usage"?: Json | null
                  }
                  Update: {
                    "address_id"?: string | null,"agent_id"?: string | null,"api_key_id"?: string | null,"attempts"?: number,"awaits_text"?: boolean,"body"?: NonNullable<Json>,"channel"?: string,"content"?: string | null,"conversation_id"?: string,"created_at"?: string,"delivered_at"?: string | null,"due_at"?: string | null,"error"?: Json | null,"failed_at"?: string | null,"happened_at"?: string,"id"?: string,"idempotency_key"?: string | null,"lease_expires_at"?: string | null,"lease_id"?: string | null,"metadata"?: NonNullable<Json>,"policy"?: Json | null,"prompt"?: string | null,"provider"?: string | null,"provider_message_id"?: string | null,"read_at"?: string | null,"repeat_through"?: string | null,"repeat_until"?: string | null,"replies_to_id"?: string | null,"reply_prefix"?: string,"request_hash"?: string | null,"retry_until"?: string | null,"sender_id"?: string | null,"sender_type"?: string,"sent_at"?: string | null,"status"?: string,"sub_account_id"?: string,"subject"?: string | null,"tries"?: number,"usage"?: Json | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "messages_sub_account_id_conversation_id_fkey"
      columns: ["sub_account_id","conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["sub_account_id","id"]
    }
                  ]
                },"senders": {
                  Row: {
                    "active": boolean,"address": string,"address_key": string,"answering_agent_id": string | null,"channel": string,"connection_id": string,"created_at": string,"failures": number,"id": string,"priority": number,"rests_until": string | null,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "active"?: boolean,"address": string,"address_key": string,"answering_agent_id"?: string | null,"channel": string,"connection_id": string,"created_at"?: string,"failures"?: number,"id"?: string,"priority"?: number,"rests_until"?: string | null,"sub_account_id": string
                  }
                  Update: {
                    "active"?: boolean,"address"?: string,"address_key"?: string,"answering_agent_id"?: string | null,"channel"?: string,"connection_id"?: string,"created_at"?: string,"failures"?: number,"id"?: string,"priority"?: number,"rests_until"?: string | null,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "senders_sub_account_id_answering_agent_id_fkey"
      columns: ["sub_account_id","answering_agent_id"]
isOneToOne: false
      referencedRelation: "agents"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "senders_sub_account_id_connection_id_fkey"
      columns: ["sub_account_id","connection_id"]
isOneToOne: false
      referencedRelation: "connections"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "senders_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                },"sub_accounts": {
                  Row: {
                    "created_at": string,"id": string,"name": string,"time_zone": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"name": string,"time_zone"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"name"?: string,"time_zone"?: string
                  }
                  Relationships: [
                    
                  ]
                },"webhook_events": {
                  Row: {
                    "connection_id": string,"event_id": string,"received_at": string,"sub_account_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "connection_id": string,"event_id": string,"received_at"?: string,"sub_account_id": string
                  }
                  Update: {
                    "connection_id"?: string,"event_id"?: string,"received_at"?: string,"sub_account_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "webhook_events_sub_account_id_connection_id_fkey"
      columns: ["sub_account_id","connection_id"]
isOneToOne: false
      referencedRelation: "connections"
      referencedColumns: ["sub_account_id","id"]
    },{
      foreignKeyName: "webhook_events_sub_account_id_fkey"
      columns: ["sub_account_id"]
isOneToOne: false
      referencedRelation: "sub_accounts"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "begin_send":
{ Args: { "p_request": Json }; Returns: Json
                           },
"claim_jobs":
{ Args: { "p_request": Json }; Returns: Json
                           },
"claim_sends":
{ Args: { "p_request": Json }; Returns: Json
                           },
"commit_reply":
{ Args: { "p_request": Json }; Returns: Json
                           },
"complete_text":
{ Args: { "p_request": Json }; Returns: Json
                           },
"describe_installation":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"get_connection":
{ Args: { "p_connection_id": string }; Returns: Json
                           },
"get_message":
{ Args: { "p_key_hash": string,"p_message_id": string }; Returns: Json
                           },
"import_contacts":
{ Args: { "p_dry_run"?: boolean,"p_rows": Json,"p_sub_account_id": string }; Returns: Json
                           },
"look_again":
{ Args: { "p_lease_id": string,"p_message_id": string }; Returns: Json
                           },
"record_webhook":
{ Args: { "p_request": Json }; Returns: Json
                           },
"rekey_addresses":
{ Args: { "p_dry_run"?: boolean,"p_rows": Json,"p_sub_account_id": string }; Returns: Json
                           },
"release_claims":
{ Args: { "p_lease_id": string }; Returns: undefined
                           },
"revoke_key":
{ Args: { "p_key_id": string }; Returns: Json
                           },
"settle_job":
{ Args: { "p_request": Json }; Returns: undefined
                           },
"settle_send":
{ Args: { "p_request": Json }; Returns: Json
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
