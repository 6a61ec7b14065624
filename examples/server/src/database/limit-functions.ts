/**
 * Reserves amounts against limits in one transaction, all or none. Rows are locked in the order of their names, so that two
 * calls never wait for each other. What a relay reserved counts only while its lease in `relay_owners` runs.
 *
 * A lost second of counters after a power failure harms nobody, so no call waits for the disk.
 */
export const reserveFunction = `
CREATE FUNCTION relay_reserve(
  p_owner TEXT, p_names TEXT[], p_windows BIGINT[], p_maxes BIGINT[], p_amounts BIGINT[],
  OUT o_state TEXT, OUT o_now BIGINT, OUT o_taken BIGINT[], OUT o_used BIGINT[]
) LANGUAGE plpgsql AS $$
DECLARE
  v_row RECORD;
  v_taken BIGINT;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  o_now := (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT;
  IF NOT EXISTS (SELECT 1 FROM relay_owners WHERE id = p_owner AND expires_at >= o_now) THEN
    o_state := 'owner';
    RETURN;
  END IF;
  INSERT INTO relay_counters (name, window_start, window_end, used)
    SELECT n, o_now - o_now % w, o_now - o_now % w + w, 0 FROM unnest(p_names, p_windows) AS c (n, w) ORDER BY n
    ON CONFLICT (name, window_start) DO NOTHING;
  PERFORM 1 FROM relay_counters r JOIN unnest(p_names, p_windows) AS c (n, w)
    ON r.name = c.n AND r.window_start = o_now - o_now % c.w
    ORDER BY r.name FOR UPDATE OF r;
  o_state := 'admitted';
  o_taken := '{}';
  o_used := '{}';
  FOR v_row IN
    SELECT c.n, c.m, c.a, r.used, r.reserved
    FROM unnest(p_names, p_windows, p_maxes, p_amounts) WITH ORDINALITY AS c (n, w, m, a, i)
    JOIN relay_counters r ON r.name = c.n AND r.window_start = o_now - o_now % c.w ORDER BY c.i
  LOOP
    SELECT v_row.used + coalesce(sum(e.value::BIGINT), 0) INTO v_taken
      FROM jsonb_each_text(v_row.reserved) e JOIN relay_owners o ON o.id = e.key AND o.expires_at >= o_now;
    o_taken := o_taken || v_taken;
    o_used := o_used || v_row.used;
    IF v_taken + v_row.a > v_row.m THEN o_state := 'refused'; END IF;
  END LOOP;
  IF o_state = 'refused' THEN RETURN; END IF;
  UPDATE relay_counters r
    SET reserved = r.reserved || jsonb_build_object(p_owner, coalesce((r.reserved ->> p_owner)::BIGINT, 0) + c.a)
    FROM unnest(p_names, p_windows, p_amounts) AS c (n, w, a)
    WHERE r.name = c.n AND r.window_start = o_now - o_now % c.w;
END $$`;

/** Takes reservations back and adds what was used instead. A window that was tidied away is past caring. */
export const settleFunction = `
CREATE FUNCTION relay_settle(
  p_owner TEXT, p_names TEXT[], p_starts BIGINT[], p_amounts BIGINT[], p_used BIGINT[]
) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM 1 FROM relay_counters r JOIN unnest(p_names, p_starts) AS c (n, s) ON r.name = c.n AND r.window_start = c.s
    ORDER BY r.name FOR UPDATE OF r;
  UPDATE relay_counters r SET
    used = r.used + c.u,
    reserved = CASE WHEN coalesce((r.reserved ->> p_owner)::BIGINT, 0) <= c.a THEN r.reserved - p_owner
      ELSE r.reserved || jsonb_build_object(p_owner, (r.reserved ->> p_owner)::BIGINT - c.a) END
    FROM unnest(p_names, p_starts, p_amounts, p_used) AS c (n, s, a, u)
    WHERE r.name = c.n AND r.window_start = c.s;
END $$`;
