-- expand: the same look at brief jobs, at the claims only that its statement does not know
CREATE FUNCTION claimed_since(of_queue text, known text[], once bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY SELECT unnest(string_to_array(c.job_ids, ',')) FROM claims c WHERE c.queue = of_queue AND c.id <> ALL (known);
END $$;
