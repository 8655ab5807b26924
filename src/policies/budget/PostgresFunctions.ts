import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import { keptMillis, pruneMillis } from "./Amounts.ts"

/**
 * What a transaction of `BudgetStoreSql` does, as functions of Postgres: a round trip for any number of operations, and accounts
 * are locked for no longer than those take. Amounts are decimals in text there too, and exact on the way.
 */
const functions = [
  // Adds to the amount of an account at a time, and to its sum.
  `CREATE OR REPLACE FUNCTION effect_llm_budget_add(of_account text, of_time bigint, change numeric) RETURNS void AS $$
  DECLARE
    known record;
    oldest bigint;
    past record;
  BEGIN
    INSERT INTO effect_llm_budget_amounts AS kept (account, at, amount) VALUES (of_account, of_time, change::text)
      ON CONFLICT (account, at) DO UPDATE SET amount = (kept.amount::numeric + change)::text;
    UPDATE effect_llm_budget_accounts AS kept
      SET total = CASE WHEN kept.start <= of_time THEN (kept.total::numeric + change)::text ELSE kept.total END
      WHERE kept.account = of_account
      RETURNING kept.start, kept.pruned INTO known;
    IF of_time - known.pruned <= ${pruneMillis} THEN
      RETURN;
    END IF;
    UPDATE effect_llm_budget_accounts AS kept SET pruned = of_time WHERE kept.account = of_account;
    oldest := of_time - ${keptMillis};
    IF known.start <> 0 THEN
      oldest := least(oldest, known.start);
    END IF;
    SELECT count(*) AS number, sum(kept.amount::numeric)::text AS total INTO past
      FROM effect_llm_budget_amounts AS kept WHERE kept.account = of_account AND kept.at < oldest;
    IF past.number >= 2 THEN
      DELETE FROM effect_llm_budget_amounts AS kept WHERE kept.account = of_account AND kept.at < oldest;
      INSERT INTO effect_llm_budget_amounts (account, at, amount) VALUES (of_account, 0, past.total);
    END IF;
  END $$ LANGUAGE plpgsql`,

  `CREATE OR REPLACE FUNCTION effect_llm_budget_reserve(operation jsonb) RETURNS jsonb AS $$
  DECLARE
    of_id text := operation->>'id';
    expires bigint := (operation->>'expiresAt')::bigint;
    parts record;
    demand jsonb;
    wanted numeric;
    spent numeric;
    reserved numeric;
    totals jsonb := '[]';
  BEGIN
    SELECT count(*) AS number, coalesce(bool_or(kept.status = 'settled'), false) AS settled INTO parts
      FROM effect_llm_budget_reservations AS kept WHERE kept.id = of_id;
    FOR demand IN SELECT value FROM jsonb_array_elements(operation->'demands') LOOP
      wanted := (demand->>'amount')::numeric;
      SELECT kept.total::numeric INTO spent FROM effect_llm_budget_accounts AS kept
        WHERE kept.account = demand->>'account' AND kept.start = (demand->>'start')::bigint;
      IF NOT FOUND THEN
        SELECT coalesce(sum(kept.amount::numeric), 0) INTO spent FROM effect_llm_budget_amounts AS kept
          WHERE kept.account = demand->>'account' AND kept.at >= (demand->>'start')::bigint;
      END IF;
      IF NOT parts.settled AND wanted <> 0 AND spent + wanted > (demand->>'limit')::numeric THEN
        SELECT coalesce(sum(kept.amount::numeric), 0) INTO reserved FROM effect_llm_budget_reservations AS kept
          WHERE kept.account = demand->>'account' AND kept.status = 'open' AND kept.at >= (demand->>'start')::bigint;
        RETURN jsonb_build_object(
          'refused', jsonb_array_length(totals), 'spent', (spent - reserved)::text, 'reserved', reserved::text);
      END IF;
      totals := totals || to_jsonb((spent + wanted)::text);
    END LOOP;
    IF parts.settled THEN
      RETURN jsonb_build_object('totals', totals);
    END IF;
    FOR demand IN SELECT value || jsonb_build_object('total', totals->>(ordinality - 1)::int)
      FROM jsonb_array_elements(operation->'demands') WITH ORDINALITY ORDER BY ordinality LOOP
      wanted := (demand->>'amount')::numeric;
      -- An account has the sum since the window that was asked for last.
      UPDATE effect_llm_budget_accounts AS kept
        SET start = (demand->>'start')::bigint, total = ((demand->>'total')::numeric - wanted)::text
        WHERE kept.account = demand->>'account' AND kept.start <> (demand->>'start')::bigint;
      PERFORM effect_llm_budget_add(demand->>'account', (demand->>'at')::bigint, wanted);
      INSERT INTO effect_llm_budget_reservations AS kept (id, account, at, amount, status, expires_at)
        VALUES (of_id, demand->>'account', (demand->>'at')::bigint, wanted::text, 'open', expires)
        ON CONFLICT (id, account, at) DO UPDATE SET amount = (kept.amount::numeric + wanted)::text;
    END LOOP;
    IF parts.number > 0 THEN
      UPDATE effect_llm_budget_reservations AS kept SET status = 'open', expires_at = expires WHERE kept.id = of_id;
    END IF;
    RETURN jsonb_build_object('totals', totals);
  END $$ LANGUAGE plpgsql`,

  `CREATE OR REPLACE FUNCTION effect_llm_budget_settle(operation jsonb) RETURNS jsonb AS $$
  DECLARE
    of_id text := operation->>'id';
    expires bigint := (operation->>'expiresAt')::bigint;
    charge jsonb;
    part record;
    remaining numeric;
    used numeric;
    is_new boolean;
  BEGIN
    IF EXISTS (SELECT 1 FROM effect_llm_budget_reservations AS kept WHERE kept.id = of_id AND kept.status = 'settled') THEN
      RETURN '{}';
    END IF;
    is_new := NOT EXISTS (SELECT 1 FROM effect_llm_budget_reservations AS kept WHERE kept.id = of_id);
    FOR charge IN SELECT value FROM jsonb_array_elements(operation->'charges') LOOP
      remaining := (charge->>'amount')::numeric;
      -- The first parts are used up first, and the last may grow.
      FOR part IN SELECT kept.at, kept.amount::numeric AS amount, row_number() OVER (ORDER BY kept.at DESC) = 1 AS is_last
        FROM effect_llm_budget_reservations AS kept
        WHERE kept.id = of_id AND kept.account = charge->>'account' ORDER BY kept.at LOOP
        used := CASE WHEN part.is_last THEN remaining ELSE least(part.amount, remaining) END;
        remaining := remaining - used;
        IF used <> part.amount THEN
          PERFORM effect_llm_budget_add(charge->>'account', part.at, used - part.amount);
        END IF;
      END LOOP;
      IF NOT FOUND AND remaining <> 0 THEN
        PERFORM effect_llm_budget_add(charge->>'account', (charge->>'at')::bigint, remaining);
      END IF;
      IF is_new THEN
        INSERT INTO effect_llm_budget_reservations (id, account, at, amount, status, expires_at)
          VALUES (of_id, charge->>'account', (charge->>'at')::bigint, '0', 'settled', expires)
          ON CONFLICT (id, account, at) DO NOTHING;
      END IF;
    END LOOP;
    UPDATE effect_llm_budget_reservations AS kept SET status = 'settled', expires_at = expires WHERE kept.id = of_id;
    RETURN '{}';
  END $$ LANGUAGE plpgsql`,

  // Runs operations one after another, with all their accounts locked, and gives what each of them does.
  `CREATE OR REPLACE FUNCTION effect_llm_budget_run(operations jsonb) RETURNS jsonb AS $$
  DECLARE
    names text[];
    operation jsonb;
    results jsonb := '[]';
  BEGIN
    SELECT array_agg(DISTINCT entry->>'account') INTO names
      FROM jsonb_array_elements(operations) AS one,
        jsonb_array_elements(coalesce(one->'demands', one->'charges')) AS entry;
    -- Always in the same order, so that two never wait for each other.
    PERFORM 1 FROM effect_llm_budget_accounts AS kept WHERE kept.account = ANY(names) ORDER BY kept.account FOR UPDATE;
    IF EXISTS (SELECT 1 FROM unnest(names) AS wanted(account)
      WHERE NOT EXISTS (SELECT 1 FROM effect_llm_budget_accounts AS kept WHERE kept.account = wanted.account)) THEN
      INSERT INTO effect_llm_budget_accounts (account, start, total, pruned)
        SELECT wanted.account, 0, '0', 0 FROM unnest(names) AS wanted(account) ORDER BY wanted.account
        ON CONFLICT (account) DO NOTHING;
      PERFORM 1 FROM effect_llm_budget_accounts AS kept WHERE kept.account = ANY(names) ORDER BY kept.account FOR UPDATE;
    END IF;
    FOR operation IN SELECT value FROM jsonb_array_elements(operations) LOOP
      results := results || jsonb_build_array(CASE WHEN operation ? 'demands'
        THEN effect_llm_budget_reserve(operation) ELSE effect_llm_budget_settle(operation) END);
    END LOOP;
    RETURN results;
  END $$ LANGUAGE plpgsql`
]

/** Makes the functions, where the database is a Postgres. */
export const create = Effect.flatMap(SqlClient, (sql) =>
  sql.onDialectOrElse({
    pg: () => Effect.forEach(functions, (definition) => sql.unsafe(definition), { discard: true }),
    orElse: () => Effect.void
  })
)
