--
-- PostgreSQL database dump
--

\restrict Fotnba0PYuC0JI2rUwQ2Wc9qXWQk0aXRg4flz8IfArqD8zJiixSIBGJnOG85ZHv

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: river_job_state; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.river_job_state AS ENUM (
    'available',
    'cancelled',
    'completed',
    'discarded',
    'pending',
    'retryable',
    'running',
    'scheduled'
);


--
-- Name: river_job_state_in_bitmask(bit, public.river_job_state); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.river_job_state_in_bitmask(bitmask bit, state public.river_job_state) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: halobot_alert; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.halobot_alert (
    key text NOT NULL,
    channel text NOT NULL,
    ts text NOT NULL,
    email text NOT NULL,
    ticket_id text NOT NULL,
    message text NOT NULL,
    response_url text NOT NULL,
    clicked_at bigint NOT NULL,
    settled boolean DEFAULT false NOT NULL
);


--
-- Name: halobot_directory; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.halobot_directory (
    connection text NOT NULL,
    directory bytea NOT NULL
);


--
-- Name: river_job; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.river_job (
    id bigint NOT NULL,
    state public.river_job_state DEFAULT 'available'::public.river_job_state NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    max_attempts smallint DEFAULT 25 NOT NULL,
    attempted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finalized_at timestamp with time zone,
    scheduled_at timestamp with time zone DEFAULT now() NOT NULL,
    priority smallint DEFAULT 1 NOT NULL,
    args jsonb NOT NULL,
    attempted_by text[],
    errors jsonb[],
    kind text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    tags character varying(255)[] DEFAULT '{}'::character varying[] NOT NULL,
    unique_key bytea,
    unique_states bit(8),
    CONSTRAINT finalized_or_finalized_at_null CHECK ((((finalized_at IS NULL) AND (state <> ALL (ARRAY['cancelled'::public.river_job_state, 'completed'::public.river_job_state, 'discarded'::public.river_job_state]))) OR ((finalized_at IS NOT NULL) AND (state = ANY (ARRAY['cancelled'::public.river_job_state, 'completed'::public.river_job_state, 'discarded'::public.river_job_state]))))),
    CONSTRAINT kind_length CHECK (((char_length(kind) > 0) AND (char_length(kind) < 128))),
    CONSTRAINT max_attempts_is_positive CHECK ((max_attempts > 0)),
    CONSTRAINT priority_in_range CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT queue_length CHECK (((char_length(queue) > 0) AND (char_length(queue) < 128)))
);


--
-- Name: river_job_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.river_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: river_job_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.river_job_id_seq OWNED BY public.river_job.id;


--
-- Name: river_leader; Type: TABLE; Schema: public; Owner: -
--

CREATE UNLOGGED TABLE public.river_leader (
    elected_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    leader_id text NOT NULL,
    name text DEFAULT 'default'::text NOT NULL,
    CONSTRAINT leader_id_length CHECK (((char_length(leader_id) > 0) AND (char_length(leader_id) < 128))),
    CONSTRAINT name_length CHECK ((name = 'default'::text))
);


--
-- Name: river_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.river_migration (
    line text NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT line_length CHECK (((char_length(line) > 0) AND (char_length(line) < 128))),
    CONSTRAINT version_gte_1 CHECK ((version >= 1))
);


--
-- Name: river_notification; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.river_notification (
    id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (((length(topic) > 0) AND (length(topic) < 128)))
);


--
-- Name: river_notification_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.river_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: river_notification_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.river_notification_id_seq OWNED BY public.river_notification.id;


--
-- Name: river_queue; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.river_queue (
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    paused_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);


--
-- Name: river_job id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_job ALTER COLUMN id SET DEFAULT nextval('public.river_job_id_seq'::regclass);


--
-- Name: river_notification id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_notification ALTER COLUMN id SET DEFAULT nextval('public.river_notification_id_seq'::regclass);


--
-- Data for Name: halobot_alert; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.halobot_alert VALUES
	('T000000DESK-C000000MAIL-1795726184.453374', 'C000000MAIL', '1795726184.453374', 'jane@alerted.example', 'prod/42', '{"text":"Unknown sender: jane@alerted.example","blocks":[{"block_id":"53siu","text":{"text":"Unknown sender: jane@alerted.example","type":"plain_text"},"type":"section"},{"block_id":"jq7kq","elements":[{"action_id":"halo_new_client","text":{"text":"Create client","type":"plain_text"},"type":"button","value":"{\"email\":\"jane@alerted.example\",\"ticket_id\":\"42\"}"}],"type":"actions"}]}', 'http://127.0.0.1:45771/actions/y63nqic2dw5ajzcixqd3gzhzjn', 1795726184455, true),
	('T000000DESK-C000000MAIL-1795726185.489554', 'C000000MAIL', '1795726185.489554', 'eve@known.example', 'prod/42', '{"text":"Unknown sender: eve@known.example","blocks":[{"block_id":"u25pv","text":{"text":"Unknown sender: eve@known.example","type":"plain_text"},"type":"section"},{"block_id":"ntq32","elements":[{"action_id":"halo_new_client","text":{"text":"Create client","type":"plain_text"},"type":"button","value":"{\"email\":\"eve@known.example\",\"ticket_id\":\"42\"}"}],"type":"actions"}]}', 'http://127.0.0.1:45771/actions/n3cuatc6r5uxfgdscusqcpuukk', 1795726185493, false),
	('T000000DESK-C000000MAIL-1795726184.487400', 'C000000MAIL', '1795726184.487400', 'bob@known.example', 'prod/42', '{"text":"Unknown sender: bob@known.example","blocks":[{"block_id":"lfqde","text":{"text":"Unknown sender: bob@known.example","type":"plain_text"},"type":"section"},{"block_id":"pqhwj","elements":[{"action_id":"halo_new_client","text":{"text":"Create client","type":"plain_text"},"type":"button","value":"{\"email\":\"bob@known.example\",\"ticket_id\":\"42\"}"}],"type":"actions"}]}', 'http://127.0.0.1:45771/actions/v2nekepllmlu75sbhcwahobn5w', 1795726184489, true),
	('T000000DESK-C000000MAIL-1795726185.519610', 'C000000MAIL', '1795726185.519610', 'carol@open.example', 'prod/42', '{"text":"Unknown sender: carol@open.example","blocks":[{"block_id":"slcdf","text":{"text":"Unknown sender: carol@open.example","type":"plain_text"},"type":"section"},{"block_id":"4jtmn","elements":[{"action_id":"halo_new_client","text":{"text":"Create client","type":"plain_text"},"type":"button","value":"{\"email\":\"carol@open.example\",\"ticket_id\":\"42\"}"}],"type":"actions"}]}', 'http://127.0.0.1:45771/actions/uzun4hblqw773efnhjigrxhs3w', 1795726185523, false),
	('T000000DESK-C000000MAIL-1795726231.579030', 'C000000MAIL', '1795726231.579030', 'jane@marked.example', 'prod/42', '{"text":"Unknown sender: jane@marked.example","blocks":[{"block_id":"r3lwc","text":{"text":"Unknown sender: jane@marked.example","type":"plain_text"},"type":"section"},{"block_id":"jdxw3","elements":[{"action_id":"halo_new_client","text":{"text":"Create client","type":"plain_text"},"type":"button","value":"{\"email\":\"jane@marked.example\",\"ticket_id\":\"42\"}"}],"type":"actions"}]}', 'http://127.0.0.1:45771/actions/ndv7awolcqy5gonmzqlli3yxc5', 1795726231583, false);


--
-- Data for Name: halobot_directory; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.halobot_directory VALUES
	('prod', '\x1f8b08000000000000ff548ccd6a84301485f77d8a72d65731d726a5798eae5a5c84e682d2984892f98161de7d70107476e7fb387c3764711e16dcb169946ad87c7367756759b53d6bdd7f994ff303424d0bac214cbec0fe2a62eae98334998110dd2cabc57f4c97f81eaa07e114b30457c56ffc97e5402e48aeb2ae5265d964192584e71e08632a758fb67275f3120484bd75905beff5b666ce92cb94222cdfdf1e010000ffff8c8634e6ee000000');


--
-- Data for Name: river_job; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.river_job VALUES
	(1, 'completed', 1, 30000, '2026-11-26 20:49:44.433103+00', '2026-11-26 20:49:44.426235+00', '2026-11-26 20:49:44.456381+00', '2026-11-26 20:49:44.426235+00', 1, '{"at": "2026-11-26T20:49:44.417144269Z", "by": {"id": "U000000TESS", "name": "tess"}, "key": "j2hif5ndedfasolqjup6znvo7g", "via": "command", "host": "created.example", "draft": {"name": "Created Ltd", "notes": "typed", "website": "created.example", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "j2hif5ndedfasolqjup6znvo7g", "m": "V000000001", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/26pnnahkdinz6my55rg5c27ino", "u": "U000000TESS", "v": "command", "w": "2026-11-26T20:49:44Z"}, "round": 1, "title": "created ltd", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:49:44.43911055Z", "sends": 1, "client": {"id": 3, "ref": "prod/j2hif5ndedfasolqjup6znvo7g", "name": "Created Ltd", "website": "created.example", "toplevel_id": 0}, "outcome": "created", "deadline": "2026-11-26T20:49:54.435982999Z"}}', 'default', '{}', '\x450060af34cd66820a2aa65c47a563eced26d8b7df07a6876c900d98e5b3d728', B'11111111'),
	(2, 'completed', 1, 30000, '2026-11-26 20:49:44.465726+00', '2026-11-26 20:49:44.460882+00', '2026-11-26 20:49:44.494281+00', '2026-11-26 20:49:44.460882+00', 1, '{"at": "2026-11-26T20:49:44.455468344Z", "by": {"id": "U0000000TOM", "name": "tom"}, "key": "T000000DESK-C000000MAIL-1795726184.453374", "via": "alert", "host": "alerted.example", "draft": {"name": "Alerted", "notes": "Sender: jane@alerted.example\nTicket: 42 http://127.0.0.1:45695/ticket?id=42\nAlert: https://service-desk.slack.com/archives/C000000MAIL/p1795726184453374", "website": "alerted.example", "connection": "prod"}, "place": {"id": "C000000MAIL", "link": "https://service-desk.slack.com/archives/C000000MAIL/p1795726184453374", "name": "mail-alerts"}, "reply": {"a": "T000000DESK-C000000MAIL-1795726184.453374", "c": "C000000MAIL", "e": "jane@alerted.example", "h": "prod", "i": "42", "k": "T000000DESK-C000000MAIL-1795726184.453374", "m": "V000000002", "n": "mail-alerts", "r": "http://127.0.0.1:45771/actions/y63nqic2dw5ajzcixqd3gzhzjn", "s": "1795726184.453374", "t": "1795726184.453374", "u": "U0000000TOM", "v": "alert", "w": "2026-11-26T20:49:44Z"}, "round": 1, "title": "alerted", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:49:44.46917262Z", "sends": 1, "client": {"id": 4, "ref": "prod/T000000DESK-C000000MAIL-1795726184.453374", "name": "Alerted", "website": "alerted.example", "toplevel_id": 0}, "outcome": "created", "deadline": "2026-11-26T20:49:54.467633446Z"}}', 'default', '{}', '\x3774abd7267a18b709ff6312a56992f85d7e5f759c563134dbd5f6a0223382d9', B'11111111'),
	(3, 'completed', 1, 30000, '2026-11-26 20:49:44.50308+00', '2026-11-26 20:49:44.498587+00', '2026-11-26 20:49:44.550375+00', '2026-11-26 20:49:44.498587+00', 1, '{"at": "2026-11-26T20:49:44.490134265Z", "by": {"id": "U0000000TOM", "name": "tom"}, "key": "T000000DESK-C000000MAIL-1795726184.487400", "via": "alert", "host": "known.example", "draft": {"name": "Known", "notes": "Sender: bob@known.example\nTicket: 42 http://127.0.0.1:45695/ticket?id=42\nAlert: https://service-desk.slack.com/archives/C000000MAIL/p1795726184487400", "website": "known.example", "connection": "prod"}, "place": {"id": "C000000MAIL", "link": "https://service-desk.slack.com/archives/C000000MAIL/p1795726184487400", "name": "mail-alerts"}, "reply": {"a": "T000000DESK-C000000MAIL-1795726184.487400", "c": "C000000MAIL", "e": "bob@known.example", "h": "prod", "i": "42", "k": "T000000DESK-C000000MAIL-1795726184.487400", "m": "V000000003", "n": "mail-alerts", "r": "http://127.0.0.1:45771/actions/v2nekepllmlu75sbhcwahobn5w", "s": "1795726184.487400", "t": "1795726184.487400", "u": "U0000000TOM", "v": "alert", "w": "2026-11-26T20:49:44Z"}, "round": 1, "title": "known", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:49:44.506003403Z", "found": [{"id": 1, "name": "Known Ltd", "website": "https://www.known.example/", "toplevel_id": 0}], "outcome": "exists"}}', 'default', '{}', '\xe3e8ef8dd0a27f0203366acecd60660cba06a49b8b67e19701190b2f234f9329', B'11111111'),
	(4, 'completed', 1, 30000, '2026-11-26 20:49:44.552401+00', '2026-11-26 20:49:44.551285+00', '2026-11-26 20:49:45.497249+00', '2026-11-26 20:49:44.551285+00', 1, '{"at": "2026-11-26T20:49:44.542814949Z", "by": {"id": "U0000000TOM", "name": "tom"}, "key": "T000000DESK-C000000MAIL-1795726184.487400", "use": 1, "via": "alert", "host": "known.example", "draft": {"name": "Known", "notes": "Sender: bob@known.example\nTicket: 42 http://127.0.0.1:45695/ticket?id=42\nAlert: https://service-desk.slack.com/archives/C000000MAIL/p1795726184487400", "website": "known.example", "connection": "prod"}, "place": {"id": "C000000MAIL", "link": "https://service-desk.slack.com/archives/C000000MAIL/p1795726184487400", "name": "mail-alerts"}, "reply": {"a": "T000000DESK-C000000MAIL-1795726184.487400", "c": "C000000MAIL", "e": "bob@known.example", "h": "prod", "i": "42", "k": "T000000DESK-C000000MAIL-1795726184.487400", "m": "V000000003", "n": "mail-alerts", "r": "http://127.0.0.1:45771/actions/v2nekepllmlu75sbhcwahobn5w", "s": "1795726184.487400", "t": "1795726184.487400", "u": "U0000000TOM", "v": "alert", "w": "2026-11-26T20:49:44Z"}, "round": 2, "title": "known", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:49:44.564118426Z", "client": {"id": 1, "name": "Known Ltd", "website": "https://www.known.example/", "toplevel_id": 0}, "outcome": "used"}}', 'default', '{}', '\x8ce2880e1dd512ff01929af15961c17f0a0fdb5884dc736e8ef199a2c7ffe338', B'11111111'),
	(5, 'completed', 1, 30000, '2026-11-26 20:49:45.498289+00', '2026-11-26 20:49:45.495207+00', '2026-11-26 20:49:45.519961+00', '2026-11-26 20:49:45.495207+00', 1, '{"at": "2026-11-26T20:49:45.492922044Z", "by": {"id": "U0000000TOM", "name": "tom"}, "key": "T000000DESK-C000000MAIL-1795726185.489554", "via": "alert", "host": "known.example", "draft": {"name": "Known", "notes": "Sender: eve@known.example\nTicket: 42 http://127.0.0.1:45695/ticket?id=42\nAlert: https://service-desk.slack.com/archives/C000000MAIL/p1795726185489554", "website": "known.example", "connection": "prod"}, "place": {"id": "C000000MAIL", "link": "https://service-desk.slack.com/archives/C000000MAIL/p1795726185489554", "name": "mail-alerts"}, "reply": {"a": "T000000DESK-C000000MAIL-1795726185.489554", "c": "C000000MAIL", "e": "eve@known.example", "h": "prod", "i": "42", "k": "T000000DESK-C000000MAIL-1795726185.489554", "m": "V000000004", "n": "mail-alerts", "r": "http://127.0.0.1:45771/actions/n3cuatc6r5uxfgdscusqcpuukk", "s": "1795726185.489554", "t": "1795726185.489554", "u": "U0000000TOM", "v": "alert", "w": "2026-11-26T20:49:45Z"}, "round": 1, "title": "known", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:49:45.502293911Z", "found": [{"id": 1, "name": "Known Ltd", "website": "https://www.known.example/", "toplevel_id": 0}], "outcome": "exists"}}', 'default', '{}', '\xf148be1f9c4dd43b9c2ae72bc32becf2ab2346fb25fe19cbe189d510e19cf0b2', B'11111111'),
	(6, 'completed', 1, 30000, '2026-11-26 20:49:45.531539+00', '2026-11-26 20:49:45.530133+00', '2026-11-26 20:49:45.553855+00', '2026-11-26 20:49:45.530133+00', 1, '{"at": "2026-11-26T20:49:45.528317618Z", "by": {"id": "U000000TESS", "name": "tess"}, "key": "ai2rz4fr6fct2wjxznezkhyxol", "via": "command", "draft": {"name": "Refused Ltd", "notes": "typed", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "ai2rz4fr6fct2wjxznezkhyxol", "m": "V000000006", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/lg2umoofep2a6i7as7b7oloq57", "u": "U000000TESS", "v": "command", "w": "2026-11-26T20:49:45Z"}, "round": 1, "title": "refused ltd", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:49:45.534570336Z", "outcome": "refused", "problem": "Halo refused: \"The postcode is mandatory\"."}}', 'default', '{}', '\x723957d7bc1083503999318a729b8aeebf39540857be629637e47c9639288571', B'11111111'),
	(13, 'available', 0, 30000, '2026-11-26 20:50:29.649697+00', '2026-11-26 20:50:21.353704+00', NULL, '2026-11-26 20:50:33.802574+00', 1, '{"at": "2026-11-26T20:50:21.352389168Z", "by": {"id": "U0000000003", "name": "tech3"}, "key": "a3xuw3dkgm4crqc4ksyzfnb4gr", "via": "command", "host": "checking.example", "draft": {"name": "Checking Ltd", "website": "checking.example", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "a3xuw3dkgm4crqc4ksyzfnb4gr", "m": "V000000014", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/hrutskgqpptdlj75byhzhqxdf5", "u": "U0000000003", "v": "command", "w": "2026-11-26T20:50:21Z"}, "round": 1, "title": "checking ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"phase": "checking", "sends": 1, "since": "2026-11-26T20:50:21.360718408Z", "deadline": "2026-11-26T20:50:31.358681726Z"}, "snoozes": 6}', 'default', '{}', '\x5c958545d75035e8d07fb8f8a6950127e80ccb611f316b90c06e026de883c198', B'11111111'),
	(14, 'scheduled', 0, 30000, '2026-11-26 20:50:31.432584+00', '2026-11-26 20:50:21.36147+00', NULL, '2026-11-26 20:50:41.480513+00', 1, '{"at": "2026-11-26T20:50:21.35954709Z", "by": {"id": "U0000000004", "name": "tech4"}, "key": "zptdkhnx3mssyxrycwl2cywjxi", "via": "command", "draft": {"name": "Doubted Ltd", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "zptdkhnx3mssyxrycwl2cywjxi", "m": "V000000015", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/3ejnhrruiam37o5j2ebt6rmxol", "u": "U0000000004", "v": "command", "w": "2026-11-26T20:50:21Z"}, "round": 1, "title": "doubted ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"doubt": true, "marks": {"outage-note": "done"}, "phase": "outage", "since": "2026-11-26T20:50:21.366260122Z", "not_before": "2026-11-26T20:50:51.366260122Z"}, "snoozes": 2}', 'default', '{}', '\x6b4b463e28392d9598aca891cccd1a363d8a98c86b5524fc5ccf3381b0b30b29', B'11111111'),
	(18, 'running', 1, 30000, '2026-11-26 20:50:31.718283+00', '2026-11-26 20:50:31.616059+00', NULL, '2026-11-26 20:50:31.616059+00', 1, '{"at": "2026-11-26T20:50:31.615052783Z", "by": {"id": "U0000000006", "name": "tech6"}, "key": "einl27kaak4jctjr2bph3dl635", "via": "command", "host": "marked.example", "after": [16], "draft": {"name": "Waiting Ltd", "website": "marked.example", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "einl27kaak4jctjr2bph3dl635", "m": "V000000019", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/vievsf7zc6rwjmfx57srrjgepf", "u": "U0000000006", "v": "command", "w": "2026-11-26T20:50:31Z"}, "round": 1, "title": "waiting ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"ahead": {"id": "U000000TESS", "name": "tess"}, "phase": "waiting", "since": "2026-11-26T20:50:31.720203277Z"}}', 'default', '{}', '\x61871b45924fed3bf66b746e18e2caf6b5899b4193cd1484323c0b1ddc669fe2', B'11111111'),
	(20, 'running', 1, 30000, '2026-11-26 20:50:31.826861+00', '2026-11-26 20:50:31.82451+00', NULL, '2026-11-26 20:50:31.82451+00', 1, '{"at": "2026-11-26T20:50:31.822840803Z", "by": {"id": "U0000000007", "name": "tech7"}, "key": "fbocgg4voudajexf6cgsfcdwqj", "via": "command", "draft": {"name": "Looked Ltd", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "fbocgg4voudajexf6cgsfcdwqj", "m": "V000000020", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/tln5iylvaxxu7awbukp2gmodft", "u": "U0000000007", "v": "command", "w": "2026-11-26T20:50:31Z"}, "round": 1, "title": "looked ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{}', 'default', '{}', '\x854b0ac4310b110d369cf529c4868772890f9cfee0631907c742084f75707d36', B'11111111'),
	(15, 'available', 0, 30000, '2026-11-26 20:50:31.432584+00', '2026-11-26 20:50:31.416841+00', NULL, '2026-11-26 20:50:32.48065+00', 1, '{"at": "2026-11-26T20:50:31.41565568Z", "by": {"id": "U0000000005", "name": "tech5"}, "key": "hmvwld4qugi25h3p6jds5wle4g", "via": "command", "draft": {"name": "Told Ltd", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "hmvwld4qugi25h3p6jds5wle4g", "m": "V000000016", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/eg4wc6f5sjl45zcpaa426x4vvb", "u": "U0000000005", "v": "command", "w": "2026-11-26T20:50:31Z"}, "round": 1, "title": "told ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:50:31.47371196Z", "marks": {"asker": "modal"}, "sends": 1, "client": {"id": 8, "ref": "prod/hmvwld4qugi25h3p6jds5wle4g", "name": "Told Ltd", "toplevel_id": 0}, "outcome": "created", "deadline": "2026-11-26T20:50:41.460825998Z"}, "snoozes": 1}', 'default', '{}', '\x70ace5acbadb4b7a191394925af80bf8828c6ae8a46652ac3e803c4b6b703e9f', B'11111111'),
	(8, 'completed', 1, 30000, '2026-11-26 20:50:19.941224+00', '2026-11-26 20:50:19.939522+00', '2026-11-26 20:50:21.143424+00', '2026-11-26 20:50:19.939522+00', 1, '{"at": "2026-11-26T20:50:19.937417928Z", "by": {"id": "U0000000001", "name": "tech1"}, "key": "kok26mwqaktyuei7mx3l7wy35r", "via": "command", "draft": {"name": "Denied Ltd", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "kok26mwqaktyuei7mx3l7wy35r", "m": "V000000008", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/rj55tjax6hysyrng7ae4mjbhhx", "u": "U0000000001", "v": "command", "w": "2026-11-26T20:50:19Z"}, "round": 1, "title": "denied ltd", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:50:21.140224724Z", "outcome": "denied", "problem": "The bot could not find out from Slack who you are, so it did not go on. Nothing was created; please try again in a minute, and if that does not help, ask whoever runs this bot."}}', 'default', '{}', '\x9d3c934d3b87bf2b73656ade178097544f17ac3cc7147f7291bd61b383cc53f3', B'11111111'),
	(17, 'running', 1, 30000, '2026-11-26 20:50:31.612414+00', '2026-11-26 20:50:31.610546+00', NULL, '2026-11-26 20:50:31.610546+00', 1, '{"by": {"id": "U0000000TOM", "name": "tom"}, "job": 16, "reply": {"a": "T000000DESK-C000000MAIL-1795726231.579030", "c": "C000000MAIL", "e": "jane@marked.example", "h": "prod", "i": "42", "k": "T000000DESK-C000000MAIL-1795726231.579030", "m": "V000000018", "n": "mail-alerts", "r": "http://127.0.0.1:45771/actions/ndv7awolcqy5gonmzqlli3yxc5", "s": "1795726231.579030", "t": "1795726231.579030", "u": "U0000000TOM", "v": "alert", "w": "2026-11-26T20:50:31Z"}}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'tell_joiner', '{}', 'default', '{}', '\x34f6fb883181da36b38a98eac17aea7f563c139472f0fb1cdf679439604f15dc', B'11111111'),
	(21, 'running', 1, 30000, '2026-11-26 20:50:31.831445+00', '2026-11-26 20:50:31.829567+00', NULL, '2026-11-26 20:50:31.829567+00', 1, '{"at": "2026-11-26T20:50:31.826721892Z", "by": {"id": "", "name": "Workflow Builder"}, "key": "fn-Fx000000021", "via": "step", "once": true, "draft": {"name": "Stepping Ltd", "connection": "prod"}, "place": {}, "reply": {"k": "fn-Fx000000021", "v": "step", "x": "Fx000000021"}, "round": 1, "title": "stepping ltd", "if_exists": "use"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{}', 'default', '{}', '\xd0670be5df61995ed03fea377b49cec19e69c678be12928eca528ffe5d07aaba', B'11111111'),
	(7, 'completed', 1, 30000, '2026-11-26 20:50:19.921654+00', '2026-11-26 20:49:45.556514+00', '2026-11-26 20:50:19.932125+00', '2026-11-26 20:50:19.354598+00', 1, '{"at": "2026-11-26T20:49:45.555686691Z", "by": {"id": "U000000TESS", "name": "tess"}, "key": "qmvjnkon65fncj4tc6z3adwdnw", "via": "command", "draft": {"name": "Unconfirmed Ltd", "notes": "typed", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "qmvjnkon65fncj4tc6z3adwdnw", "m": "V000000007", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/hvc5lpvg2ygz26eckoself6ane", "u": "U000000TESS", "v": "command", "w": "2026-11-26T20:49:45Z"}, "round": 1, "title": "unconfirmed ltd", "if_exists": "ask"}', '{halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu,halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:50:19.925793283Z", "sends": 3, "since": "2026-11-26T20:50:08.34565831Z", "outcome": "unconfirmed", "deadline": "2026-11-26T20:50:18.344551307Z"}, "snoozes": 18}', 'default', '{}', '\x7047ccf17c6e2c538e4e37c9bd6ac0b3b3e62b5755f4ee961963215ee85c3688', B'11111111'),
	(9, 'completed', 1, 30000, '2026-11-26 20:50:21.147896+00', '2026-11-26 20:50:21.145293+00', '2026-11-26 20:50:21.155007+00', '2026-11-26 20:50:21.145293+00', 1, '{"at": "2026-11-26T20:50:21.143784466Z", "by": {"id": "", "name": "Workflow Builder"}, "key": "fn-Fx000000009", "via": "step", "once": true, "draft": {"name": "Step Ltd", "connection": "prod"}, "place": {}, "reply": {"k": "fn-Fx000000009", "v": "step", "x": "Fx000000009"}, "round": 1, "title": "step ltd", "if_exists": "use"}', '{halobot-en5344abouhnu5yhmohvxwzwtu}', NULL, 'create_client', '{"output": {"ended": "2026-11-26T20:50:21.153365614Z", "sends": 1, "client": {"id": 5, "ref": "prod/fn-Fx000000009", "name": "Step Ltd", "toplevel_id": 0}, "outcome": "created", "deadline": "2026-11-26T20:50:31.150639689Z"}}', 'default', '{}', '\xb2b943639d46035132b65f094e436756d95b8d09cb1dc297ef69bc446d894019', B'11111111'),
	(10, 'completed', 2, 30000, '2026-11-26 20:50:21.320789+00', '2026-11-26 20:50:21.194124+00', '2026-11-26 20:50:21.322595+00', '2026-11-26 20:50:21.30206+00', 1, '{"at": "2026-11-26T20:50:21.190486158Z", "by": {"id": "", "name": "root (command line)"}, "key": "shell-done", "via": "shell", "draft": {"name": "Shell Ltd", "connection": "prod"}, "place": {}, "round": 1, "title": "shell ltd", "if_exists": "use"}', '{halobot-en5344abouhnu5yhmohvxwzwtu,halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', '{"{\"at\": \"2026-11-26T20:50:21.302060164Z\", \"error\": \"the process that worked on this died\", \"trace\": \"\", \"attempt\": 1}"}', 'create_client', '{"output": {"ended": "2026-11-26T20:50:21.211992862Z", "sends": 1, "client": {"id": 6, "ref": "prod/shell-done", "name": "Shell Ltd", "toplevel_id": 0}, "outcome": "created", "deadline": "2026-11-26T20:50:31.205538975Z"}, "river:rescue_count": 1}', 'shell', '{}', '\x11b60ba85dd4d7feb24df194e2de15eab3d626b21ec5c6d76c116b32f8816856', B'11111111'),
	(12, 'available', 0, 30000, '2026-11-26 20:50:21.352594+00', '2026-11-26 20:50:21.345932+00', NULL, '2026-11-26 20:50:34.644546+00', 1, '{"at": "2026-11-26T20:50:21.338398257Z", "by": {"id": "U0000000002", "name": "tech2"}, "key": "e3q7m5pfleajcfi6dm5cgytd7b", "via": "command", "draft": {"name": "Queued Ltd", "connection": "uat"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "e3q7m5pfleajcfi6dm5cgytd7b", "m": "V000000013", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/w2xb6nhgf4qij4hjpvhbbuytmg", "u": "U0000000002", "v": "command", "w": "2026-11-26T20:50:21Z"}, "round": 1, "title": "queued ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"phase": "queued", "since": "2026-11-26T20:50:31.355188992Z", "problem": "The bot is still reading Halo''s list of clients (0 of 0), which it needs to see whether this one exists."}, "snoozes": 1}', 'default', '{}', '\xac8025f341aa7dbc01c4e1b90ef4bc831aadad7924269e0fbd43e07b4fcd452a', B'11111111'),
	(16, 'running', 1, 30000, '2026-11-26 20:50:31.602973+00', '2026-11-26 20:50:31.592192+00', NULL, '2026-11-26 20:50:31.592192+00', 1, '{"at": "2026-11-26T20:50:31.588403207Z", "by": {"id": "U000000TESS", "name": "tess"}, "key": "T000000DESK-C000000MAIL-1795726231.579030", "via": "alert", "host": "marked.example", "draft": {"name": "Marked Ltd", "notes": "Sender: jane@marked.example\nTicket: 42 http://127.0.0.1:45695/ticket?id=42\nAlert: https://service-desk.slack.com/archives/C000000MAIL/p1795726231579030", "website": "marked.example", "connection": "prod"}, "place": {"id": "C000000MAIL", "link": "https://service-desk.slack.com/archives/C000000MAIL/p1795726231579030", "name": "mail-alerts"}, "reply": {"a": "T000000DESK-C000000MAIL-1795726231.579030", "c": "C000000MAIL", "e": "jane@marked.example", "h": "prod", "i": "42", "k": "T000000DESK-C000000MAIL-1795726231.579030", "m": "V000000017", "n": "mail-alerts", "r": "http://127.0.0.1:45771/actions/xrwbftdnfl5b5isvz4ofmosz6t", "s": "1795726231.579030", "t": "1795726231.579030", "u": "U000000TESS", "v": "alert", "w": "2026-11-26T20:50:31Z"}, "round": 1, "title": "marked ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"sends": 1, "deadline": "2026-11-26T20:50:41.606022202Z"}}', 'default', '{}', '\x035f346cb3c2ba16e2e4b81a0ca385c0ef54c4cd68f8350af19c791a30a48a49', B'11111111'),
	(11, 'available', 0, 30000, '2026-11-26 20:50:31.432584+00', '2026-11-26 20:50:21.332036+00', NULL, '2026-11-26 20:50:33.840951+00', 1, '{"at": "2026-11-26T20:50:21.32062285Z", "by": {"id": "U0000000001", "name": "tech1"}, "key": "2oj33knvauqrry3tmjbwb2jmpu", "via": "command", "host": "outage.example", "draft": {"name": "Outage Ltd", "website": "outage.example", "connection": "prod"}, "place": {"id": "C000000DESK", "link": "https://service-desk.slack.com/archives/C000000DESK", "name": "service-desk"}, "reply": {"c": "C000000DESK", "k": "2oj33knvauqrry3tmjbwb2jmpu", "m": "V000000012", "n": "service-desk", "r": "http://127.0.0.1:45771/actions/733p2bij7m36tv3nttvabdini3", "u": "U0000000001", "v": "command", "w": "2026-11-26T20:50:21Z"}, "round": 1, "title": "outage ltd", "if_exists": "ask"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv,halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"marks": {"outage-note": "done"}, "phase": "outage", "since": "2026-11-26T20:50:21.345821072Z", "not_before": "2026-11-26T20:50:33.805159484Z"}, "snoozes": 6}', 'default', '{}', '\xc82f69036b1071da5d8e7b8a8870bc4f061750d77c9a70d3e9858c43cb7dcca4', B'11111111'),
	(19, 'running', 1, 30000, '2026-11-26 20:50:31.817439+00', '2026-11-26 20:50:31.812753+00', NULL, '2026-11-26 20:50:31.812753+00', 1, '{"at": "2026-11-26T20:50:31.807044943Z", "by": {"id": "", "name": "root (command line)"}, "key": "shell-nightly", "via": "shell", "draft": {"name": "Nightly Ltd", "connection": "prod"}, "place": {}, "round": 1, "title": "nightly ltd", "if_exists": "use"}', '{halobot-qmgpfnzvqow5hkr5ihwwtcabxv}', NULL, 'create_client', '{"output": {"sends": 1, "deadline": "2026-11-26T20:50:41.819514898Z"}}', 'shell', '{}', '\xa8714a08f243cea636c33e02eaf3eae85cf11c631c80440c360f7d9827e1368e', B'11111111');


--
-- Data for Name: river_leader; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.river_leader VALUES
	('2026-11-26 20:50:21.303878+00', '2026-11-26 20:50:46.308703+00', 'halobot-qmgpfnzvqow5hkr5ihwwtcabxv', 'default');


--
-- Data for Name: river_migration; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.river_migration VALUES
	('main', 1, '2026-11-26 20:49:44.338665+00'),
	('main', 2, '2026-11-26 20:49:44.343085+00'),
	('main', 3, '2026-11-26 20:49:44.35352+00'),
	('main', 4, '2026-11-26 20:49:44.354623+00'),
	('main', 5, '2026-11-26 20:49:44.357965+00'),
	('main', 6, '2026-11-26 20:49:44.367015+00'),
	('main', 7, '2026-11-26 20:49:44.36918+00'),
	('main', 8, '2026-11-26 20:49:44.374084+00');


--
-- Data for Name: river_notification; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: river_queue; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.river_queue VALUES
	('shell', '2026-11-26 20:49:44.406649+00', '{}', NULL, '2026-11-26 20:50:21.307515+00'),
	('default', '2026-11-26 20:49:44.398386+00', '{}', NULL, '2026-11-26 20:50:21.308722+00');


--
-- Name: river_job_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.river_job_id_seq', 21, true);


--
-- Name: river_notification_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.river_notification_id_seq', 1, false);


--
-- Name: halobot_alert halobot_alert_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.halobot_alert
    ADD CONSTRAINT halobot_alert_pkey PRIMARY KEY (key);


--
-- Name: halobot_directory halobot_directory_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.halobot_directory
    ADD CONSTRAINT halobot_directory_pkey PRIMARY KEY (connection);


--
-- Name: river_job river_job_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_job
    ADD CONSTRAINT river_job_pkey PRIMARY KEY (id);


--
-- Name: river_leader river_leader_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_leader
    ADD CONSTRAINT river_leader_pkey PRIMARY KEY (name);


--
-- Name: river_migration river_migration_pkey1; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_migration
    ADD CONSTRAINT river_migration_pkey1 PRIMARY KEY (line, version);


--
-- Name: river_notification river_notification_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_notification
    ADD CONSTRAINT river_notification_pkey PRIMARY KEY (id);


--
-- Name: river_queue river_queue_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.river_queue
    ADD CONSTRAINT river_queue_pkey PRIMARY KEY (name);


--
-- Name: halobot_alert_email; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX halobot_alert_email ON public.halobot_alert USING btree (email);


--
-- Name: halobot_alert_ticket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX halobot_alert_ticket ON public.halobot_alert USING btree (ticket_id);


--
-- Name: halobot_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX halobot_by ON public.river_job USING btree ((((args -> 'by'::text) ->> 'id'::text)));


--
-- Name: halobot_host; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX halobot_host ON public.river_job USING btree (((args ->> 'host'::text)));


--
-- Name: halobot_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX halobot_key ON public.river_job USING btree (((args ->> 'key'::text)));


--
-- Name: halobot_title; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX halobot_title ON public.river_job USING btree (((args ->> 'title'::text)));


--
-- Name: river_job_args_index; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_job_args_index ON public.river_job USING gin (args);


--
-- Name: river_job_kind; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_job_kind ON public.river_job USING btree (kind);


--
-- Name: river_job_metadata_index; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_job_metadata_index ON public.river_job USING gin (metadata);


--
-- Name: river_job_prioritized_fetching_index; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_job_prioritized_fetching_index ON public.river_job USING btree (state, queue, priority, scheduled_at, id);


--
-- Name: river_job_state_and_finalized_at_index; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_job_state_and_finalized_at_index ON public.river_job USING btree (state, finalized_at) WHERE (finalized_at IS NOT NULL);


--
-- Name: river_job_unique_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX river_job_unique_idx ON public.river_job USING btree (unique_key) WHERE ((unique_key IS NOT NULL) AND (unique_states IS NOT NULL) AND public.river_job_state_in_bitmask(unique_states, state));


--
-- Name: river_notification_created_at_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_notification_created_at_idx ON public.river_notification USING btree (created_at);


--
-- Name: river_notification_topic_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX river_notification_topic_id_idx ON public.river_notification USING btree (topic, id);


--
-- PostgreSQL database dump complete
--

\unrestrict Fotnba0PYuC0JI2rUwQ2Wc9qXWQk0aXRg4flz8IfArqD8zJiixSIBGJnOG85ZHv

