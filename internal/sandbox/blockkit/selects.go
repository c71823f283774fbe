package blockkit

import "maps"

// selects are the menus: five sources of choices, each to choose one or several from.
func selects() map[string]kind {
	id := characters(1, maxID)
	ids := array(1, maxOptions, id)
	sources := map[string]struct {
		one, many map[string]rule // the initial choice's property
		both      map[string]rule
		also      func(*checker, string, map[string]any)
	}{
		"static": {
			one:  map[string]rule{"initial_option": menuOption},
			many: map[string]rule{"initial_options": array(1, maxOptions, menuOption)},
			both: map[string]rule{
				"options":       array(1, maxOptions, menuOption),
				"option_groups": array(1, maxOptions, optionGroup),
			},
			also: func(c *checker, path string, m map[string]any) {
				exactlyOne("options", "option_groups")(c, path, m)
				choices(c, path, m)
			},
		},
		"external": {
			one:  map[string]rule{"initial_option": menuOption},
			many: map[string]rule{"initial_options": array(1, maxOptions, menuOption)},
			both: map[string]rule{"min_query_length": integer(0, MaxInput)},
		},
		"users": {
			one:  map[string]rule{"initial_user": id},
			many: map[string]rule{"initial_users": ids},
		},
		"conversations": {
			one:  map[string]rule{"initial_conversation": id, "response_url_enabled": responseURL},
			many: map[string]rule{"initial_conversations": ids},
			both: map[string]rule{
				"default_to_current_conversation": boolean,
				"filter":                          conversationFilter,
			},
		},
		"channels": {
			one:  map[string]rule{"initial_channel": id, "response_url_enabled": responseURL},
			many: map[string]rule{"initial_channels": ids},
		},
	}
	kinds := map[string]kind{}
	for source, s := range sources {
		one, many := picker(map[string]rule{}), picker(map[string]rule{"max_selected_items": integer(1, maxOptions)})
		maps.Copy(one, s.both)
		maps.Copy(one, s.one)
		maps.Copy(many, s.both)
		maps.Copy(many, s.many)
		kinds[source+"_select"] = element(inAll, s.also, nil, one)
		kinds["multi_"+source+"_select"] = element(inMulti, s.also, nil, many)
	}
	return kinds
}

// responseURL: a submission brings a response_url only for a select in a modal's input.
func responseURL(c *checker, path string, v any) {
	boolean(c, path, v)
	if v == true && c.surface != Modal {
		c.fail(path, "`response_url_enabled` may be used in modals only")
	}
}
