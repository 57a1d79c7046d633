# Writes OUT, a C++ file with the SQL of FILES (named 0001_what.sql ...) in their order.
set(body "#include \"libs/db/migrations.h\"\n\nnamespace marquee {\nconst std::vector<db::Migration>& migrations() {\n  static const std::vector<db::Migration> all = {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} sql)
  string(APPEND body "    {\"${name}\", R\"migration(${sql})migration\"},\n")
endforeach()
string(APPEND body "  };\n  return all;\n}\n}  // namespace marquee\n")
file(WRITE ${OUT} "${body}")
