# The manual page of the RPC against the table that dispatches it.

page=$OMNITRON_REGRESS/../man/omnitron-rpc.7
table=$OMNITRON_REGRESS/../omnitrond/method.h

# rows: one line a method, "Service.method ROLE params" with parameters
rows()
{
	awk '
	/^#define METHODS/ { on = 1; next }
	/^enum method_id/ { on = 0 }
	on { sub(/[ \t]*\\$/, ""); text = text $0 }
	END {
		n = split(text, m, /\tM\(/)
		for (i = 2; i <= n; i++) {
			gsub(/[ \t]+/, " ", m[i])
			gsub(/D "/, "\"OmnitronDaemon.", m[i])
			k = split(m[i], part, "\"")
			split(part[3], word, /, */)
			print part[2], tolower(word[2]), part[4]
		}
	}' "$table"
}

# entry METHOD: its part of the page
entry()
{
	awk -v want=".It Li $1" '
	$0 == want { on = 1; next }
	/^\.It Li Omnitron|^\.El/ { on = 0 }
	on' "$page"
}

atf_test_case every_method_is_in_the_page
every_method_is_in_the_page_body()
{
	rows > rows
	[ "$(wc -l < rows)" -gt 20 ] || atf_fail "the table was not read"
	while read -r method role params; do
		entry "$method" > entry
		[ -s entry ] || atf_fail "$method is not in the page"
		[ "$role" = none ] && role=anonymous
		grep -qx ".D1 Role: $role." entry ||
		    atf_fail "$method: the role is not $role"
		if [ -n "$params" ]; then
			grep -qxF ".D1 Parameters: Li $params" entry ||
			    atf_fail "$method: parameters are not $params"
		else
			grep -q '^\.D1 Parameters' entry &&
			    atf_fail "$method: has no parameters"
		fi
		grep -q '^\.D1 Result: ' entry ||
		    atf_fail "$method: no result"
	done < rows
}

atf_test_case nothing_else_is_in_the_page
nothing_else_is_in_the_page_body()
{
	rows | cut -d ' ' -f 1 | sort > table
	sed -n 's/^\.It Li \(Omnitron.*\)/\1/p' "$page" | sort > page
	atf_check -o file:table cat page
}

# The names and numbers of errors: those that the processes share, and those
# of JSON-RPC itself.
atf_test_case every_error_is_in_the_page
every_error_is_in_the_page_body()
{
	sed -n 's/^	X([A-Z_]*, "\([A-Z_]*\)", \(-32[0-9]*\)).*/\2 \1/p' \
	    "$OMNITRON_REGRESS/../omnitrond/proto/words.h" > codes
	[ "$(wc -l < codes)" -ge 9 ] || atf_fail "the table was not read"
	cat >> codes <<-END
	-32700 PARSE
	-32600 INVALID_REQUEST
	-32601 METHOD_NOT_FOUND
	-32603 INTERNAL
	END
	sort codes > table
	sed -n 's/^\.It \(-32[0-9]*\) Ta \([A-Z_]*\) Ta .*/\1 \2/p' "$page" |
	    sort > page
	atf_check -o file:table cat page
}

atf_test_case page_is_clean
page_is_clean_head()
{
	atf_set require.progs mandoc
}
page_is_clean_body()
{
	atf_check mandoc -Tlint -Wwarning "$page"
}

atf_init_test_cases()
{
	atf_add_test_case every_method_is_in_the_page
	atf_add_test_case nothing_else_is_in_the_page
	atf_add_test_case every_error_is_in_the_page
	atf_add_test_case page_is_clean
}
