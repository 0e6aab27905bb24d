// What the API says, as far as the UI reads it. All but ids may be missing: null members are left out by the server.

export interface Page<T> {
  page: number;
  size: number;
  total: number;
  content: T[];
  sortable_by?: string[];
}

export interface Percentiles {
  p50: number;
  p90: number;
  p99: number;
}

export interface Project {
  id: string;
  name: string;
  description?: string;
  visibility?: string;
  created_at: string;
  last_updated_at: string;
  last_updated_trace_at?: string;
}

export interface ProjectStats {
  project_id: string;
  feedback_scores?: { name: string; value: number }[];
  duration?: Percentiles; // milliseconds
  total_estimated_cost?: number;
  total_estimated_cost_sum?: number;
  usage?: Record<string, number>;
  trace_count?: number;
  thread_count?: number;
  error_count?: { count: number; deviation?: number; deviation_percentage?: number };
}

export interface FeedbackScore {
  name: string;
  value: number;
  category_name?: string;
  reason?: string;
  source?: string;
}

export interface Comment {
  id: string;
  text: string;
  created_at?: string;
  created_by?: string;
}

export interface Attachment {
  link: string;
  file_name: string;
  file_size: number;
  mime_type?: string;
}

export interface ErrorInfo {
  exception_type?: string;
  message?: string;
  traceback?: string;
}

export type SpanType = 'general' | 'llm' | 'tool' | 'guardrail';

// What traces and spans have in common.
export interface Entry {
  id: string;
  project_id: string;
  name?: string;
  start_time: string;
  end_time?: string;
  input?: unknown;
  output?: unknown;
  metadata?: unknown;
  tags?: string[];
  error_info?: ErrorInfo;
  usage?: Record<string, number>;
  feedback_scores?: FeedbackScore[];
  comments?: Comment[];
  total_estimated_cost?: number;
  duration?: number; // milliseconds
  ttft?: number; // milliseconds
  created_at?: string;
  last_updated_at?: string;
}

export interface Trace extends Entry {
  thread_id?: string;
  span_count?: number;
  llm_span_count?: number;
  providers?: string[];
}

export interface Span extends Entry {
  trace_id: string;
  parent_span_id?: string;
  type?: SpanType;
  model?: string;
  provider?: string;
}

export interface Thread {
  id: string; // what the application calls it
  thread_model_id?: string; // what comments and tags are written to
  project_id: string;
  start_time?: string;
  end_time?: string;
  duration?: number;
  first_message?: unknown;
  last_message?: unknown;
  number_of_messages?: number;
  status?: 'active' | 'inactive';
  total_estimated_cost?: number;
  usage?: Record<string, number>;
  feedback_scores?: FeedbackScore[];
  comments?: Comment[];
  tags?: string[];
  last_updated_at?: string;
}

// A feedback definition: what a score may be.
export interface ScoreScale {
  id: string;
  name: string;
  description?: string;
  type: 'numerical' | 'categorical' | 'boolean';
  details: { min?: number; max?: number; categories?: Record<string, number>; true_label?: string; false_label?: string };
  created_at?: string;
  last_updated_at?: string;
}
