-- A copy of a production database never dials: it knows no PBX any more, and the
-- connector refuses a neutralized database besides.
UPDATE callcenter_pbx
   SET active = FALSE, ami_secret = NULL, ari_secret = NULL;
UPDATE callcenter_command
   SET state = 'failed', error = 'neutralized'
 WHERE state = 'pending';
